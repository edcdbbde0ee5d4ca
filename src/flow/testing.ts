/** For tests of other rooms: a state machine, and a world that it does things in. */
export { orderMachine, World } from "./testing/order-machine.ts";
