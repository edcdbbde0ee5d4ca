import { type Clock, fail } from "../base/index.ts";
import { accessErrors } from "./access.errors.ts";
import type { KeyMemory, KnownKey } from "./key-memory.ts";
import type { Principal } from "./principal.ts";
import { hashOf, readToken, sameHash } from "./token.ts";

/**
 * From a token to a principal: at once when memory says yes, else by a fresh read. Every no takes the
 * second way, whatever its reason.
 */
export async function checkToken(
  memory: KeyMemory,
  clock: Pick<Clock, "now">,
  token: string | undefined,
): Promise<Principal> {
  if (token === undefined || token === "") throw fail(accessErrors, "key_missing");
  const named = readToken(token);
  if (named === undefined) throw fail(accessErrors, "key_unknown");
  const { keyId, secret } = named;
  const principal =
    judge(memory.believed(keyId), secret, clock.now()) ??
    judge(await memory.read(keyId), secret, clock.now());
  if (principal === undefined) throw fail(accessErrors, "key_unknown");
  return principal;
}

/**
 * Both hashes are compared whatever the first one said, also where there is no key. The hash of a
 * secret that was right is kept with what is known of its key: who has it learns nothing from being
 * told sooner, and a map finds it by a hash of the whole text, so that half a guess is told nothing.
 */
function judge(known: KnownKey | undefined, secret: string, now: number): Principal | undefined {
  const given = known?.proven.get(secret) ?? hashOf(secret);
  const isCurrent = sameHash(given, known?.secretHash);
  const isFormer = sameHash(given, known?.formerHash);
  if (known === undefined || now >= known.goodUntil) return undefined;
  if (!isCurrent && !(isFormer && now < known.formerUntil)) return undefined;
  known.proven.set(secret, given);
  return known.principal;
}
