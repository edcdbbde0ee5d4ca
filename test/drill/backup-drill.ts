/** The drill of backups: taken under load, restored elsewhere, held against what had been acknowledged. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { rm } from "node:fs/promises";
import path from "node:path";
import { newId } from "../../src/base/index.ts";
import { type Book, openLedger } from "../../src/ledger/index.ts";
import { openDatabase } from "../../src/postgres/index.ts";
import { entriesOf, type Row } from "../simulate/journal.ts";
import { type Ack, readAcks } from "./acks.ts";
import { checkAcks } from "./check.ts";
import type { Site } from "./site.ts";

const SCHEMA = "restored";

interface Head {
  readonly book: string;
  readonly seq: number;
  readonly headHash: string;
}

/** Takes a backup beside the load; answers its file, and what was acknowledged before it began. */
export async function backUp(site: Site, files: readonly string[]) {
  const acks: readonly Ack[] = files.flatMap(readAcks);
  const file = path.join(site.dir, `drill-${newId()}.tar.gz`);
  const words = ["backup", "--to", file, "--json", "--database-url", site.server.url];
  const { books } = JSON.parse(await longmen(words)) as { books: readonly Head[] };
  return { acks, file, books };
}

/** Restores it into a schema of its own, and answers what is missing or different there. */
export async function restoreAndCheck(
  site: Site,
  bookName: string,
  { acks, file, books }: Awaited<ReturnType<typeof backUp>>,
): Promise<string[]> {
  const { url } = site.server;
  await longmen(["restore", "--from", file, "--database-url", url, "--schema", SCHEMA]);
  const database = await openDatabase({ url, schema: SCHEMA, poolMax: 3 });
  const ledger = openLedger({ database, sweep: false });
  try {
    const findings: string[] = [];
    const book = await ledger.book(bookName);
    const rows: Row[] = [];
    for await (const row of entriesOf(database, book.id)) rows.push(row);
    checkAcks(acks, rows, findings);
    const told = books.find((each) => each.book === bookName);
    const { hash, seq } = await book.head();
    if (told?.headHash !== hash || told.seq !== seq) {
      findings.push(`the restored head is ${hash} at ${seq}, the file says ${told?.headHash} (P4)`);
    }
    findings.push(...(await isHistoryOf(site, bookName, hash)), ...(await goesOn(book)));
    return findings;
  } finally {
    await ledger.close();
    await rm(file, { force: true });
    await database.transaction((tx) => tx.query(`drop schema ${SCHEMA} cascade`));
    await database.close();
  }
}

/** What was restored is the beginning of what there is. */
function isHistoryOf(site: Site, bookName: string, hash: string): Promise<string[]> {
  return site.withBook(bookName, async (book) => {
    const { findings } = await book.verify({ expectHead: hash });
    return findings.map(({ message }) => `the original: ${message} (P1)`);
  });
}

async function goesOn(book: Book): Promise<string[]> {
  const sale = { asset: "CNY/2", debit: "supplier", credit: "stock", amount: 1n };
  const { status } = await book.submit({ id: "after-the-restore", ...sale });
  return status === "created" ? [] : [`the restored book answers ${status} to a new transfer`];
}

async function longmen(words: readonly string[]): Promise<string> {
  const bin = path.join(import.meta.dirname, "../../src/cli/bin.ts");
  const child = spawn(process.execPath, [bin, ...words], { stdio: ["ignore", "pipe", "pipe"] });
  let [out, err] = ["", ""];
  child.stdout.on("data", (chunk: Buffer) => (out += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (err += chunk.toString()));
  await once(child, "close");
  if (child.exitCode !== 0) throw new Error(`longmen ${words[0]} ended badly: ${err}`);
  return out;
}
