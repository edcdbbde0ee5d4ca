/** For tests and benchmarks of other rooms: decisions made on the spot. */
export { expressionJdm, lineOf, node, tableJdm } from "./testing/jdm.ts";
