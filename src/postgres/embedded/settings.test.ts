import { describe, expect, test } from "vitest";
import { embeddedSettings, settingsText } from "./settings.ts";

const GB = 1024 ** 3;
const machine = {
  memoryBytes: 16 * GB,
  freeDiskBytes: 100 * GB,
  shmBytes: 8 * GB,
  platform: "linux",
};

const valueOf = (name: string, facts = machine): string | undefined =>
  embeddedSettings(5555, facts).find((setting) => setting.name === name)?.value;

describe("settings of the embedded server", () => {
  test("an acknowledged commit is on the disk", () => {
    expect(
      ["fsync", "synchronous_commit", "full_page_writes"].map((name) => valueOf(name)),
    ).toEqual(["on", "on", "on"]);
  });

  test("it listens on this machine only, with a password", () => {
    expect(valueOf("listen_addresses")).toBe("'127.0.0.1'");
    expect(valueOf("password_encryption")).toBe("'scram-sha-256'");
  });

  test("memory follows the machine, within limits", () => {
    expect(valueOf("shared_buffers")).toBe("1024MB");
    expect(valueOf("shared_buffers", { ...machine, memoryBytes: GB })).toBe("128MB");
    expect(valueOf("shared_buffers", { ...machine, memoryBytes: GB / 8 })).toBe("64MB");
  });

  test("a small disk gets a small log, a small /dev/shm is not used", () => {
    expect(valueOf("max_wal_size")).toBe("4GB");
    expect(valueOf("max_wal_size", { ...machine, freeDiskBytes: 5 * GB })).toBe("1GB");
    expect(valueOf("dynamic_shared_memory_type", { ...machine, shmBytes: 64 * 1024 ** 2 })).toBe(
      "mmap",
    );
  });

  test("each setting says why, once, and what the user adds comes last", () => {
    const settings = embeddedSettings(5555, machine);
    expect(new Set(settings.map(({ name }) => name)).size).toBe(settings.length);
    expect(settings.every(({ because }) => because.length > 5)).toBe(true);
    const text = settingsText(settings, { jit: "on" }, "/it's/local.conf");
    const jitOff = text.indexOf("jit = off");
    expect(jitOff).toBeGreaterThan(0);
    expect(text.indexOf("jit = on")).toBeGreaterThan(jitOff);
    expect(text.trimEnd().endsWith("include '/it''s/local.conf'")).toBe(true);
  });
});
