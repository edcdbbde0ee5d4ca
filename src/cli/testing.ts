/** What tests of other rooms may use: one command line, run in their own process. */
export { type Ran, runWords } from "./testing/run-words.ts";
