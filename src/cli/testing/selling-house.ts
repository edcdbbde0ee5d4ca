/** For tests: a database that is sold from, and a node on it. */
import { onTestFinished } from "vitest";
import { openAccess } from "../../access/index.ts";
import { silentLogger } from "../../base/index.ts";
import { openHttp } from "../../http/index.ts";
import { openLedger } from "../../ledger/index.ts";
import { Lane } from "../../postgres/index.ts";
import { testDatabase } from "../../postgres/testing.ts";
import { migrations } from "../open-house.ts";
import { openSelling } from "../selling/open-selling.ts";

/** A schema with the book `retail`, where it is, and a node on it. */
export async function house({ book = true } = {}) {
  const { database, url: databaseUrl, schema } = await testDatabase({ migrations });
  const ledger = openLedger({ database });
  onTestFinished(() => ledger.close());
  if (book) await ledger.createBook("retail");
  const lane = new Lane<never, never>({ name: "node rows", database });
  onTestFinished(() => lane.close());
  const access = openAccess({ database, lane });
  onTestFinished(() => access.close());
  const node = async () => {
    const config = { faults: undefined, keepDays: 90 };
    const selling = await openSelling({ config, database, ledger, log: silentLogger });
    onTestFinished(() => selling.close());
    const server = await openHttp({ ledger, access, selling });
    onTestFinished(() => server.close());
    return (await server.listen("127.0.0.1", 0)).url;
  };
  const keyOf = async (owner: string) => {
    const scopes = [{ action: "admin" as const, book: "retail" }];
    const by = { by: "ada/terminal", from: "here", request: "test" };
    return (await access.create({ owner, ownerKind: "person", scopes }, by)).token;
  };
  return { place: { databaseUrl, schema }, database, node, keyOf };
}
