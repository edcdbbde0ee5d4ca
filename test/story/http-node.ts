/**
 * A server as a process of its own, that a story may kill: on a schema that is there, with faults.
 * Says where it listens on standard output, as one line of JSON.
 */
import { parseArgs } from "node:util";
import { openAccess } from "../../src/access/index.ts";
import { faultsFromText } from "../../src/base/index.ts";
import { openHttp } from "../../src/http/index.ts";
import { openLedger } from "../../src/ledger/index.ts";
import { Lane, openDatabase } from "../../src/postgres/index.ts";

const { values } = parseArgs({
  options: {
    url: { type: "string", default: "" },
    schema: { type: "string", default: "" },
    faults: { type: "string", default: "" },
    port: { type: "string", default: "0" },
  },
});
const { url, schema, faults, port } = values;

const database = await openDatabase({ url, schema, poolMax: 4 });
const ledger = openLedger({ database, faults: faultsFromText(faults), sweep: false });
const lane = new Lane<never, never>({ name: "node rows", database });
const access = openAccess({ database, lane });
const server = await openHttp({ ledger, access, version: "0.1.0" });
const listening = await server.listen("127.0.0.1", Number(port));
process.stdout.write(`${JSON.stringify(listening)}\n`);
process.on("SIGTERM", () => void close());

async function close(): Promise<void> {
  await server.close();
  await access.close();
  await ledger.close();
  await lane.close();
  await database.close();
}
