/**
 * A server as a process of its own, that a story may kill: on a schema that is there, with faults.
 * Says where it listens on standard output, as one line of JSON.
 */
import { parseArgs } from "node:util";
import { openAccess } from "../../src/access/index.ts";
import { faultsFromText, silentLogger } from "../../src/base/index.ts";
import { flow, openFlows, openLeases } from "../../src/flow/index.ts";
import { openHttp } from "../../src/http/index.ts";
import { openLedger } from "../../src/ledger/index.ts";
import { Lane, openDatabase } from "../../src/postgres/index.ts";

const { values } = parseArgs({
  options: {
    url: { type: "string", default: "" },
    schema: { type: "string", default: "" },
    faults: { type: "string", default: "" },
    port: { type: "string", default: "0" },
    flows: { type: "boolean", default: false },
    selling: { type: "boolean", default: false },
  },
});
const { url, schema, faults: asked, port } = values;
const faults = faultsFromText(asked);

/** Waits for a word of the world between its two postings. */
const sold = flow("shop.sold", {}, async (f, lamp: number) => {
  const sale = { asset: "CNY/2", debit: "shop/cash", credit: "shop/sales" };
  await f.post("sale", { ...sale, amount: 7n });
  await f.event("shop.wrapped", { match: String(lamp) });
  await f.post("wrap", { ...sale, amount: 1n });
  return lamp;
});

const database = await openDatabase({ url, schema, poolMax: 4 });
const ledger = openLedger({ database, faults, sweep: false });
const lane = new Lane<never, never>({ name: "node rows", database });
const access = openAccess({ database, lane });
const flows = values.flows
  ? await openFlows({
      ...{ database, node: "doomed", flows: [sold], books: ledger, book: "retail", faults },
      leaseMs: 3_000,
    })
  : undefined;
const leases = values.flows ? openLeases({ database, node: "doomed" }) : undefined;
const config = { faults, keepDays: 0 };
// Loaded on use: most nodes of stories don't sell.
const { openSelling } = values.selling
  ? await import("../../src/cli/index.ts")
  : { openSelling: undefined };
const selling = await openSelling?.({ config, database, ledger, log: silentLogger });
const server = await openHttp({ ledger, access, flows, leases, selling, version: "0.1.0" });
const listening = await server.listen("127.0.0.1", Number(port));
process.stdout.write(`${JSON.stringify(listening)}\n`);
process.on("SIGTERM", () => void close());

async function close(): Promise<void> {
  await server.close();
  await selling?.close();
  await flows?.close();
  await leases?.close();
  await access.close();
  await ledger.close();
  await lane.close();
  await database.close();
}
