#!/usr/bin/env node
/** The published command. */
import { settleMemory } from "../settle-memory.ts";

const words = process.argv.slice(2);
settleMemory(words);
const { main } = await import("../main.ts");
process.exitCode = await main(words);
