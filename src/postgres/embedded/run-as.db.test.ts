import { execFileSync } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { chmod, chown, mkdir, rm, stat } from "node:fs/promises";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { ask, endServer, start, startNode, testFolder } from "../testing/embedded.ts";
import { findBinaries } from "./binaries.ts";
import { asAccount, asSelf, whyNot } from "./run-as.ts";

const isRoot = process.getuid?.() === 0;
const NOBODY = { uid: 65_534, gid: 65_534 };
const NAMELESS = { uid: 54_321, gid: 54_321 };
const SHARED = "/var/lib/longmen";

const { native } = await findBinaries();
const nobodyCannot = isRoot
  ? await whyNot(asAccount(NOBODY), { native, folder: import.meta.dirname, writable: false })
  : "only root can become another user";

describe.runIf(isRoot)("as root, which PostgreSQL refuses", () => {
  test("through a user namespace, in a folder that only root can enter", async () => {
    const locked = await testFolder();
    await chmod(locked, 0o700);
    const dir = path.join(locked, "inner");
    const server = await start({ dir, runAs: "userns" });
    onTestFinished(() => endServer(server.dataDir));
    expect(server.runAs).toBe("userns");
    expect((await stat(server.dataDir)).uid).toBe(0);
    expect(await ask(server.url, "select 1 as one")).toEqual({ one: 1 });
  });

  test("the first way that works is taken when nobody asks for one", async () => {
    const server = await start({ dir: await testFolder() });
    expect(["userns", "account"]).toContain(server.runAs);
  });

  test("as itself it is refused by name", async () => {
    await expect(start({ dir: await testFolder(), runAs: "self" })).rejects.toMatchObject({
      code: "postgres.run_as_impossible",
      message: expect.stringContaining("this is root") as string,
    });
  });

  test("data of an ordinary user is run as that user, and stays hers", async ({ skip }) => {
    skip(nobodyCannot !== undefined, nobodyCannot ?? "");
    const dir = await testFolder();
    await chown(dir, NOBODY.uid, NOBODY.gid);
    const hers = startNode({ dir }, NOBODY);
    const { dataDir = "" } = await hers.report();
    await hers.stop();
    const ours = await start({ dir });
    expect(ours.runAs).toBe("account");
    await ours.stop();
    expect((await stat(dataDir)).uid).toBe(NOBODY.uid);
    const hersAgain = startNode({ dir }, NOBODY);
    expect(await hersAgain.report()).toMatchObject({ runAs: "self", adopted: false });
    await hersAgain.stop();
  });
});

describe.runIf(isRoot)("as root, with an account of Longmen's own", () => {
  let before: readonly string[] = [];
  let hadAccount = true;
  beforeAll(() => {
    before = existsSync(SHARED) ? readdirSync(SHARED) : [];
    hadAccount = hasAccount();
  });
  afterAll(async () => {
    const made = existsSync(SHARED) ? readdirSync(SHARED).filter((n) => !before.includes(n)) : [];
    for (const name of made) await rm(path.join(SHARED, name), { recursive: true });
    if (!hadAccount && hasAccount()) execFileSync("userdel", ["longmen"], { stdio: "ignore" });
  });

  test("its data lies where the user wants it, when it can go there", async () => {
    const dir = await testFolder();
    await chmod(dir, 0o755);
    const server = await start({ dir, runAs: "account" });
    expect(server.runAs).toBe("account");
    expect(server.dataDir.startsWith(dir)).toBe(true);
    expect((await stat(server.dataDir)).uid).not.toBe(0);
    await server.stop();
    const again = await start({ dir });
    expect(again.runAs).toBe("account");
  });

  test("its data lies outside when the folder is closed to it, and is found again", async () => {
    const locked = await testFolder();
    await chmod(locked, 0o700);
    const dir = path.join(locked, "inner");
    const server = await start({ dir, runAs: "account" });
    expect(server.dataDir.startsWith(SHARED)).toBe(true);
    await ask(server.url, "create table kept as select 42 as answer");
    await server.stop();
    const again = await start({ dir });
    expect(again.dataDir).toBe(server.dataDir);
    expect(await ask(again.url, "select answer from kept")).toEqual({ answer: 42 });
  });

  test("data that root made through a namespace can go on under the account", async () => {
    const dir = await testFolder();
    await chmod(dir, 0o755);
    const first = await start({ dir, runAs: "userns" });
    await first.stop();
    const second = await start({ dir, runAs: "account" });
    expect((await stat(second.dataDir)).uid).not.toBe(0);
    await second.stop();
    const third = await start({ dir, runAs: "userns" });
    expect((await stat(third.dataDir)).uid).toBe(0);
  });
});

function hasAccount(): boolean {
  try {
    execFileSync("id", ["longmen"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

describe("as an ordinary user", () => {
  test("as herself", async ({ skip }) => {
    if (!isRoot) {
      const server = await start({ dir: await testFolder() });
      expect(server.runAs).toBe("self");
      return;
    }
    skip(nobodyCannot !== undefined, nobodyCannot ?? "");
    const dir = await testFolder();
    await chown(dir, NOBODY.uid, NOBODY.gid);
    const node = startNode({ dir }, NOBODY);
    expect(await node.report()).toMatchObject({ runAs: "self", adopted: false });
    await node.stop();
  });

  test("in a folder that nobody else can enter", async ({ skip }) => {
    skip(nobodyCannot !== undefined, nobodyCannot ?? "");
    const locked = await testFolder();
    await chown(locked, NOBODY.uid, NOBODY.gid);
    await chmod(locked, 0o700);
    const dir = path.join(locked, "inner");
    const node = startNode({ dir }, NOBODY);
    expect(await node.report()).toMatchObject({ runAs: "self" });
    await node.stop();
  });

  test("without a name in /etc/passwd, through a user namespace", async ({ skip }) => {
    skip(nobodyCannot !== undefined, nobodyCannot ?? "");
    const dir = await testFolder();
    await chown(dir, NAMELESS.uid, NAMELESS.gid);
    const node = startNode({ dir }, NAMELESS);
    const report = await node.report();
    skip(report.code === "postgres.run_as_impossible", report.message ?? "");
    expect(report).toMatchObject({ runAs: "userns" });
    await node.stop();
  });

  test("who may not write there is refused by name", async ({ skip }) => {
    skip(nobodyCannot !== undefined, nobodyCannot ?? "");
    const dir = await testFolder();
    await chmod(dir, 0o755);
    const node = startNode({ dir: path.join(dir, "inner") }, NOBODY);
    expect(await node.report()).toMatchObject({ code: "postgres.folder_unusable" });
  });
});

test("a way that cannot enter a folder says so before anything is created", async () => {
  const dir = await testFolder();
  const missing = path.join(dir, "not-there");
  expect(await whyNot(asSelf, { native, folder: missing, writable: true })).toContain("not-there");
  await mkdir(missing);
  expect(await whyNot(asSelf, { native, folder: missing, writable: true })).toBeUndefined();
});
