import { execFileSync } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { chmod, lstat, mkdir, readlink, writeFile } from "node:fs/promises";
import path from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { start, testFolder } from "../testing/embedded.ts";
import { findBinaries, repairLinks } from "./binaries.ts";
import { layoutOf } from "./folder.ts";

describe("what the embedded server refuses", () => {
  test("a folder that is a file", async () => {
    const dir = path.join(await testFolder(), "file");
    await writeFile(dir, "");
    await expect(start({ dir })).rejects.toMatchObject({ code: "postgres.folder_unusable" });
  });

  test("programs that are not installed", async () => {
    const native = path.join(await testFolder(), "nowhere");
    await expect(start({ dir: await testFolder(), native })).rejects.toMatchObject({
      code: "postgres.binaries_missing",
      advice: expect.stringContaining("DATABASE_URL") as string,
    });
  });

  test("programs that do not run here", async () => {
    const native = await testFolder();
    await mkdir(path.join(native, "bin"));
    for (const name of ["postgres", "initdb"]) {
      const file = path.join(native, "bin", name);
      await writeFile(file, "#!/bin/sh\necho 'libicu.so: not found' >&2\nexit 127\n");
      await chmod(file, 0o755);
    }
    await expect(start({ dir: await testFolder(), native })).rejects.toMatchObject({
      code: "postgres.binaries_broken",
      message: expect.stringContaining("libicu.so: not found") as string,
    });
  });

  test("data of another major version", async () => {
    const dir = await testFolder();
    const server = await start({ dir });
    await server.stop();
    await writeFile(path.join(server.dataDir, "PG_VERSION"), "17\n");
    await expect(start({ dir })).rejects.toMatchObject({
      code: "postgres.data_version",
      message: expect.stringContaining("is of PostgreSQL 17; the installed one is 18") as string,
    });
  });

  test("a server.json that is damaged, and data without one", async () => {
    const dir = await testFolder();
    const layout = layoutOf(dir);
    await mkdir(path.join(layout.home, "data"), { recursive: true });
    await expect(start({ dir })).rejects.toMatchObject({ code: "postgres.folder_unusable" });
    expect(readdirSync(dir)).toEqual(["postgres"]);
    await writeFile(layout.serverFile, '{"port": ');
    await expect(start({ dir })).rejects.toMatchObject({
      code: "postgres.folder_unusable",
      message: expect.stringContaining("server.json is damaged") as string,
    });
  });

  test("a setting that PostgreSQL does not know", async () => {
    const dir = await testFolder();
    await expect(start({ dir, settings: { fsync: "off", no_such: "1" } })).rejects.toMatchObject({
      code: "postgres.start_failed",
      message: expect.stringContaining("no_such") as string,
    });
  });

  test("a full disk, and leaves nothing behind", async ({ skip }) => {
    const mount = await testFolder();
    try {
      execFileSync("mount", ["-t", "tmpfs", "-o", "size=12m", "tmpfs", mount], { stdio: "pipe" });
    } catch (error) {
      skip(`no small disk can be made here: ${String(error)}`);
    }
    onTestFinished(() => void execFileSync("umount", ["-l", mount]));
    const dir = path.join(mount, "longmen");
    await expect(start({ dir })).rejects.toMatchObject({ code: "postgres.disk_full" });
    expect(readdirSync(dir)).toEqual([]);
  });
});

test("library links that an install without scripts leaves out are made", async () => {
  const root = await testFolder();
  const native = path.join(root, "native");
  await mkdir(path.join(native, "lib"), { recursive: true });
  await writeFile(path.join(native, "lib", "libpq.so.5.18"), "library");
  const links = [{ source: "native/lib/libpq.so.5.18", target: "native/lib/libpq.so.5" }];
  await writeFile(path.join(native, "pg-symlinks.json"), JSON.stringify(links));
  await repairLinks(native);
  await repairLinks(native);
  const link = path.join(native, "lib", "libpq.so.5");
  expect((await lstat(link)).isSymbolicLink()).toBe(true);
  expect(await readlink(link)).toBe("libpq.so.5.18");
  expect(existsSync(link)).toBe(true);
});

test("the installed programs are PostgreSQL 18", async () => {
  const { version, major } = await findBinaries();
  expect(major).toBe(18);
  expect(version).toMatch(/^18\.\d+$/);
});
