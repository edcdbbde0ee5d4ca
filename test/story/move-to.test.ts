import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { flow, flowMigrations, openFlows } from "../../src/flow/index.ts";
import { type BookHead, bookHeads, ledgerMigrations, openLedger } from "../../src/ledger/index.ts";
import {
  migrate,
  openDatabase,
  postgresMigrations,
  startEmbedded,
} from "../../src/postgres/index.ts";
import { testSchemaName, testServerUrl } from "../../src/postgres/testing.ts";
import { freshDir, runCommand } from "./command.ts";

/** A folder with two books; the server of the run is the one that they move to. */
const { dir, remove } = freshDir();
const schema = testSchemaName();
let heads: readonly BookHead[] = [];
let url = "";
let run = "";

const greeted = flow("greeted", {}, (f, name: string) => f.event("hello", { match: name }));

beforeAll(async () => {
  url = testServerUrl();
  const server = await startEmbedded({ dir });
  const database = await openDatabase({ url: server.url, schema });
  await migrate(database, [postgresMigrations, ledgerMigrations, flowMigrations]);
  const ledger = openLedger({ database, sweep: false });
  for (const name of ["shop/a", "shop/b"]) {
    const book = await ledger.createBook(name);
    await book.submit({ kind: "asset", asset: "CNY/2" });
    for (const path of ["supplier", "stock"]) {
      await book.submit({ kind: "open", path, asset: "CNY/2", side: "credit", bound: "none" });
    }
    const sales = Array.from({ length: 500 }, (_, index) => ({
      id: `sale/${index}`,
      ...{ asset: "CNY/2", debit: "supplier", credit: "stock", amount: 1n },
    }));
    await book.batch(sales);
  }
  const flows = await openFlows({ database, node: "here", flows: [greeted] });
  run = (await flows.start(greeted, "ann")).id;
  await flows.close();
  heads = await bookHeads(database);
  await ledger.close();
  await database.close();
  await server.stop();
});
afterAll(async () => {
  await (await startEmbedded({ dir, evenIfMoved: true })).stop();
  remove();
  const database = await openDatabase({ url, schema });
  await database.transaction((tx) => tx.query(`drop schema if exists ${schema} cascade`));
  await database.close();
});

const house = () => ["--dir", dir, "--schema", schema] as const;
const moveTo = (...words: readonly string[]) =>
  runCommand("move-to", url, ...house(), ...words).ended;
const verifyHere = () => runCommand("verify", "--book", "shop/a", ...house()).ended;

/** The books over there; nothing where there are no tables yet. */
async function headsThere(): Promise<readonly BookHead[]> {
  const database = await openDatabase({ url, schema });
  try {
    return await bookHeads(database);
  } catch (error) {
    expect(error).toMatchObject({ code: "postgres.schema_missing" });
    return [];
  } finally {
    await database.close();
  }
}

describe("P1 the move from the embedded server to one's own, killed at any instant", () => {
  test("is refused while a node runs on the folder", async () => {
    const node = await startEmbedded({ dir });
    const { code, err } = await moveTo();
    await node.stop();
    expect(code).toBe(3);
    expect(err).toContain("(postgres.already_running)");
  });

  test("is refused to the folder's own server, in whatever schema", async () => {
    const server = await startEmbedded({ dir });
    const own = server.url;
    await server.stop();
    const words = ["move-to", own, "--dir", dir, "--schema", "elsewhere"];
    const { code, err } = await runCommand(...words).ended;
    expect(code).toBe(3);
    expect(err).toContain("(backup.target_is_source)");
    expect((await verifyHere()).code).toBe(0);
  });

  test("to a server that is not there is refused, and the advice is about that server", async () => {
    const words = ["move-to", "postgres://nobody:secret@127.0.0.1:2/longmen", ...house()];
    const { code, err } = await runCommand(...words).ended;
    expect(code).toBe(3);
    expect(err).toContain("(backup.target_unusable)");
    expect(err).toContain("postgres://127.0.0.1:2/longmen");
    expect(err).not.toContain("DATABASE_URL");
    expect(err).not.toContain("secret");
    expect((await verifyHere()).code).toBe(0);
  });

  test("killed when all is copied: nothing has happened, here or there", async () => {
    expect((await moveTo("--faults", "move.copied=kill")).signal).toBe("SIGKILL");
    expect(await headsThere()).toEqual([]);
    expect((await verifyHere()).code).toBe(0);
  });

  test("failing at that point it leaves both as they were", async () => {
    const { code, err } = await moveTo("--faults", "move.copied=throw");
    expect({ code, err }).toMatchObject({ code: 1 });
    expect(await headsThere()).toEqual([]);
    expect((await verifyHere()).code).toBe(0);
  });

  test("killed at its last step before the commit: nothing starts until it is repeated", async () => {
    expect((await moveTo("--faults", "move.noted=kill")).signal).toBe("SIGKILL");
    expect(await headsThere()).toEqual([]);
    const { code, err } = await verifyHere();
    expect(code).toBe(3);
    expect(err).toContain("(postgres.move_undecided)");
    expect(err).toContain("longmen move-to");
  });

  test("is not ended by a move to somewhere else", async () => {
    const other = new URL(url);
    other.pathname = "/postgres";
    const { code, err } = await runCommand("move-to", other.href, ...house()).ended;
    expect(code).toBe(3);
    expect(err).toContain("(postgres.move_undecided)");
  });

  test("killed when it is committed: whole over there, and still nothing starts here", async () => {
    expect((await moveTo("--faults", "move.committed=kill")).signal).toBe("SIGKILL");
    expect(await headsThere()).toEqual(heads);
    expect((await verifyHere()).err).toContain("(postgres.move_undecided)");
  });

  test("failing there, for want of disk or so, takes nothing back", async () => {
    expect((await moveTo("--faults", "move.committed=throw")).code).toBe(1);
    expect((await verifyHere()).err).toContain("(postgres.move_undecided)");
  });

  test("repeated it finds itself over there, and copies nothing twice", async () => {
    expect((await moveTo("--faults", "move.moved=kill")).signal).toBe("SIGKILL");
    expect(await headsThere()).toEqual(heads);
    const again = await moveTo("--json");
    expect(again.code).toBe(0);
    const books = heads.map(({ name, seq, hash }) => ({ book: name, seq, headHash: hash }));
    expect(JSON.parse(again.out)).toEqual({
      to: expect.stringContaining(schema) as string,
      at: expect.stringMatching(/Z$/) as string,
      already: true,
      rows: 0,
      wasThere: true,
      books,
      verified: true,
    });
  });

  test("leaves one truth: the folder refuses with advice, the server has the same heads", async () => {
    const here = await runCommand("start", "--exit", ...house()).ended;
    expect(here.code).toBe(3);
    expect(here.err).toContain("(postgres.folder_moved)");
    expect(here.err).toContain("DATABASE_URL");
    for (const { name, hash } of heads) {
      const words = ["--book", name, "--json", "--database-url", url, "--schema", schema];
      const there = await runCommand("verify", ...words).ended;
      expect(there.code).toBe(0);
      expect(JSON.parse(there.out)).toMatchObject({ verified: true, head: { hash } });
    }
  });

  test("takes runs along, which go on over there", async () => {
    const database = await openDatabase({ url, schema });
    const flows = await openFlows({ database, node: "there", flows: [greeted] });
    await flows.publish("hello", "again", { match: "ann" });
    expect(await flows.run(run).result()).toBe("again");
    await flows.close();
    await database.close();
  });
});
