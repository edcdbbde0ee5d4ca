/** The second door of this room, for tests of any room. */
export {
  testDatabase,
  testSchemaName,
  testServerUrl,
  type TestDatabase,
  type TestDatabaseOptions,
} from "./testing/database.ts";
export { start as startServerOfItsOwn, testFolder } from "./testing/embedded.ts";
export { nodeLane, overProxy, shelfDatabase, work } from "./testing/lanes.ts";
export { COMMIT, openProxy, type Proxy } from "./testing/proxy.ts";
export * from "./testing/shelves.ts";
export { checkStatements, exportedStatements } from "./testing/statements.ts";
export type { AnyStatement, CheckStatementsOptions } from "./testing/statements.ts";
