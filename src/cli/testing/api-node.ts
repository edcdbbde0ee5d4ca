/** For tests: a ledger and a shop on a schema of their own, served over HTTP, and the client of them. */
import { onTestFinished } from "vitest";
import { type Access, openAccess } from "../../access/index.ts";
import { noFaults, silentLogger } from "../../base/index.ts";
import { connect, type Longmen } from "../../client/index.ts";
import { openHttp } from "../../http/index.ts";
import { type Ledger, openLedger } from "../../ledger/index.ts";
import { Lane } from "../../postgres/index.ts";
import { migrations } from "../open-house.ts";
import { testDatabase } from "../../postgres/testing.ts";
import { withRunKey } from "../run-key.ts";
import { openSelling } from "../selling/open-selling.ts";
import { terminalOf } from "../terminal.ts";

export interface ApiNode {
  readonly ledger: Ledger;
  readonly access: Access;
  readonly url: string;
  /** Where its tables are. */
  readonly place: { readonly databaseUrl: string; readonly schema: string };
  /** With the rights of a run of the main job, and no others. */
  readonly longmen: Longmen;
}

export async function apiNode(): Promise<ApiNode> {
  const { database, url: databaseUrl, schema } = await testDatabase({ migrations });
  const ledger = openLedger({ database });
  onTestFinished(() => ledger.close());
  const lane = new Lane<never, never>({ name: "node rows", database });
  onTestFinished(() => lane.close());
  const access = openAccess({ database, lane });
  onTestFinished(() => access.close());
  const config = { faults: noFaults, keepDays: 90 };
  const selling = await openSelling({ config, database, ledger, log: silentLogger });
  onTestFinished(() => selling.close());
  const server = await openHttp({ ledger, access, selling });
  onTestFinished(() => server.close());
  const { url } = await server.listen("127.0.0.1", 0);
  const quiet = terminalOf({
    stdout: { write: () => undefined },
    stderr: { write: () => undefined },
  });
  const lent = Promise.withResolvers<string>();
  const over = Promise.withResolvers<void>();
  const lending = withRunKey(access, quiet, (token) => {
    lent.resolve(token);
    return over.promise;
  });
  onTestFinished(() => {
    over.resolve();
    return lending;
  });
  const place = { databaseUrl, schema };
  return { ledger, access, url, place, longmen: connect({ url, key: await lent.promise }) };
}
