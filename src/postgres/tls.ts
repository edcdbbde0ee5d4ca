/**
 * What an address says of TLS, in words that mean the same to everybody. node-postgres 8 reads
 * `require`, `prefer` and `verify-ca` as `verify-full`, warns that its next version will not, and
 * `ssl=false` as yes; so each word is told to it in a form that it has only one reading for.
 * docs/operate/tls.md lists them.
 */
import { fail } from "../base/index.ts";
import { postgresErrors } from "./postgres.errors.ts";

/** All that ask for TLS check the server's certificate and host, but for the two that say otherwise. */
const MODES = ["disable", "allow", "prefer", "require", "verify-ca", "verify-full", "no-verify"];
const LIKE_VERIFY_FULL = new Set(["allow", "prefer", "require"]);
const SSL = ["true", "1", "false", "0", "no-verify"];
const NEGOTIATIONS = ["postgres", "direct"];

/** The address for node-postgres. Refuses: postgres.url_malformed. */
export function withTlsWords(address: string): string {
  const url = new URL(address);
  const words = url.searchParams;
  const mode = wordOf(words, "sslmode", MODES);
  const ssl = wordOf(words, "ssl", SSL);
  wordOf(words, "sslnegotiation", NEGOTIATIONS);
  if (mode === "verify-ca" && !words.has("sslrootcert")) {
    throw malformed("sslmode=verify-ca needs sslrootcert, the file of the authority");
  }
  // Whoever asks for libpq's own reading gets it: `require` checks no certificate then.
  if (words.get("uselibpqcompat") === "true") return address;
  if (mode !== undefined && LIKE_VERIFY_FULL.has(mode)) words.set("sslmode", "verify-full");
  else if (mode === "verify-ca") words.set("uselibpqcompat", "true");
  else if (mode === undefined && ssl === "false") words.set("ssl", "0");
  else return address;
  return url.href;
}

function wordOf(
  words: URLSearchParams,
  name: string,
  known: readonly string[],
): string | undefined {
  const word = words.get(name);
  if (word === null) return undefined;
  if (known.includes(word)) return word;
  throw malformed(`${name} is none of ${known.join(", ")}`);
}

function malformed(reason: string): Error {
  return fail(postgresErrors, "url_malformed", { reason });
}

/** Errors of Node's TLS and of OpenSSL, by the beginning of their code. */
const TLS_CODE =
  /^(?:ERR_TLS_|ERR_SSL_|ERR_OSSL_|EPROTO$|UNABLE_TO_|CERT_|CRL_|DEPTH_ZERO_|SELF_SIGNED_|ERROR_IN_C|INVALID_CA$|INVALID_PURPOSE$|PATH_LENGTH_EXCEEDED$|HOSTNAME_MISMATCH$)/;
const TLS_TEXTS = [
  "The server does not support SSL connections",
  "There was an error establishing an SSL connection",
];

/** Whether the driver failed at TLS, or at reading a file that TLS needs. */
export function isTlsFailure(error: Error): boolean {
  const code = "code" in error && typeof error.code === "string" ? error.code : "";
  // A socket is connected to, not opened: what is opened here is a certificate or a key.
  if (code === "EISDIR" || ("syscall" in error && error.syscall === "open")) return true;
  return TLS_CODE.test(code) || TLS_TEXTS.some((text) => error.message.startsWith(text));
}
