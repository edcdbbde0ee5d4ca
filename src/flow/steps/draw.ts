/** Chance and ids that are the same on every replay: by the run's name, the branch, and which draw it is. */
import { createHash } from "node:crypto";

const TWO_48 = 2 ** 48;
const ID_LENGTH = 26;

export const drawBytes = (seed: string, path: string, drawn: number): Buffer =>
  createHash("sha256").update(`${seed}\n${path}\n${drawn}`).digest();

export const idFrom = (bytes: Buffer): string => bytes.toString("hex").slice(0, ID_LENGTH);

export const chanceFrom = (bytes: Buffer): number => bytes.readUIntBE(0, 6) / TWO_48;
