/** The key that the main job books with. */
import { type Access, parseScope } from "../access/index.ts";
import { LongmenError } from "../base/index.ts";
import { operator } from "./operator.ts";
import { RETAIL_BOOK } from "./replay/replay.ts";
import { RUSH_BOOK } from "./replay/rush.ts";
import type { Terminal } from "./terminal.ts";

const ACTIONS = [
  ...["define", "write", "read", "verify"],
  ...["shop.buy", "shop.read", "shop.operate", "shop.define"],
];
const SCOPES = [
  ...ACTIONS.flatMap((action) => [`${action}@${RETAIL_BOOK}`, `${action}@${RUSH_BOOK}`]),
  ...["runs.read", "runs.write"].map((action) => `${action}@${RETAIL_BOOK}.*`),
].map(parseScope);
/** Longer than any file takes. After a kill, when nobody revokes it, the key ends by itself. */
const LASTS_MS = 24 * 60 * 60 * 1_000;

/**
 * Lends `work` a key of the service `replay`, for the books `retail` and `lunch`, the shop's flows and nothing else, and revokes it
 * however the work ends. The token is in memory only: what is not on the disk can't be stolen from
 * there, and a key per run says in the books which run booked what.
 */
export async function withRunKey<T>(
  access: Access,
  terminal: Terminal,
  work: (token: string) => Promise<T>,
): Promise<T> {
  const asked = {
    owner: "replay",
    ownerKind: "service",
    scopes: SCOPES,
    expiresAt: Date.now() + LASTS_MS,
    note: "made for one run of the main job",
  } as const;
  const { key, token } = await access.create(asked, operator());
  try {
    return await work(token);
  } finally {
    await revoke(access, terminal, key.keyId);
  }
}

async function revoke(access: Access, terminal: Terminal, keyId: string): Promise<void> {
  try {
    await access.revoke(keyId, operator());
  } catch (error) {
    // What ended the work is of more interest than this; the key ends within a day.
    if (!(error instanceof LongmenError)) throw error;
    terminal.say(`the run's key ${keyId} could not be revoked (${error.code}): it ends in a day`);
  }
}
