#!/usr/bin/env node
/** The published command. */
import { keepCompiled } from "../keep-compiled.ts";
import { settleMemory } from "../settle-memory.ts";

const words = process.argv.slice(2);
settleMemory(words);
keepCompiled(words);
const { main } = await import("../main.ts");
process.exitCode = await main(words);
