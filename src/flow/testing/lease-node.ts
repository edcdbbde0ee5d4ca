/**
 * For tests: a node as a process of its own, which may be stopped and killed. Does what each line of
 * its input says, and answers each with a line.
 */
import { createInterface } from "node:readline";
import { LongmenError } from "../../base/index.ts";
import { arrayOf, Lane, openDatabase, unit, type Writer } from "../../postgres/index.ts";
import { type Held, leaseHeld, openLeases, type TakeOptions } from "../index.ts";

export interface NodeInput {
  readonly url: string;
  readonly schema: string;
  readonly node: string;
}

export type Order =
  | { readonly do: "take"; readonly key: string; readonly options: TakeOptions }
  /** Puts a shelf up by a unit that the lease guards. */
  | { readonly do: "unit"; readonly shelf: string }
  /** The same by a transaction of its own, which checks the lease. */
  | { readonly do: "tx"; readonly shelf: string }
  | { readonly do: "tell" };

export interface Told {
  readonly do?: Order["do"];
  readonly token?: string | undefined;
  readonly status?: string;
  readonly by?: string;
  readonly lost?: boolean;
  readonly leftMs?: number;
  readonly code?: string;
}

/** Not that of the store's tests, whose door needs a test to run in. */
const insertShelf: Writer<string> = {
  room: "shelf",
  label: "shelf.put_up",
  layer: 3,
  values: (names) => [arrayOf.text(names)],
  write: (q) => `insert into ${q("test_shelf")} (name, quantity, version)
    select name, 1, 1 from unnest($1::int4[], $2::text[]) as made (ordinal, name) returning 1`,
  culprits: () => "select ordinal from unnest($1::int4[]) as made (ordinal) where false",
};

const { url, schema, node } = JSON.parse(process.argv[2] ?? "{}") as NodeInput;
const database = await openDatabase({ url, schema, poolMax: 4 });
const leases = openLeases({ database, node });
const lane = new Lane<never, never>({ name: "rows", database });
let held: Held | undefined;

function demandHeld(): Held {
  if (held === undefined) throw new Error("nothing was taken");
  return held;
}

async function follow(order: Order): Promise<Told> {
  switch (order.do) {
    case "take":
      held = await leases.take(order.key, order.options);
      return { token: held?.token.toString() };
    case "unit": {
      const guarded = unit(order.shelf)
        .write(leaseHeld, demandHeld())
        .write(insertShelf, order.shelf);
      return await lane.submit({ ...guarded, context: undefined });
    }
    case "tx":
      await database.transaction(async (tx) => {
        await tx.query(`insert into ${schema}.test_shelf values ('${order.shelf}', 1, 1)`);
        await leases.check(tx, demandHeld());
      });
      return { status: "committed" };
    case "tell":
      return { lost: demandHeld().lost.aborted, leftMs: demandHeld().leftMs() };
  }
}

createInterface({ input: process.stdin }).on("line", (line) => {
  const order = JSON.parse(line) as Order;
  const told = follow(order).catch((error: unknown): Told => {
    return { code: error instanceof LongmenError ? error.code : String(error) };
  });
  void told.then((answer) =>
    process.stdout.write(`${JSON.stringify({ do: order.do, ...answer })}\n`),
  );
});
