/** For tests of any room: databases of their own, wires that can be cut, a tiny room of shelves. */
export { LATE_MS, passDeadlines } from "./testing/deadlines.ts";
export { ask, start as startServerOfItsOwn, testFolder } from "./testing/embedded.ts";
export { nodeLane, overProxy, shelfDatabase, work } from "./testing/lanes.ts";
export { listening } from "./testing/listening.ts";
export { isLong, sampleOf } from "./testing/long.ts";
export { openPooler, type Pooler } from "./testing/pooler.ts";
export { COMMIT, COPY, openProxy, type Proxy } from "./testing/proxy.ts";
export { rowsOf } from "./testing/rows-of.ts";
export * from "./testing/shelves.ts";
export { checkStatements, exportedStatements } from "./testing/statements.ts";
export type { AnyStatement, CheckStatementsOptions } from "./testing/statements.ts";
export {
  testDatabase,
  type TestDatabase,
  type TestDatabaseOptions,
  testSchemaName,
  testServerUrl,
  userPool,
} from "./testing/test-database.ts";
