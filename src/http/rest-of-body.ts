/**
 * What becomes of a body that is still on its way when its request is answered. Where it is short the
 * connection stays: Node reads on and drops what comes, until the request's time is up. Else the
 * connection ends, in stages (RFC 9112, 9.6): what arrives at a closed socket makes the system send a
 * reset, and a reset overtakes the answer.
 */
import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";

/** To read so much costs less than to open a connection, with its TLS at a proxy. */
const SHORT_BYTES = 1_024 * 1_024;
/** Whoever sends all before reading anything has so long, and so much, until a reset. */
const LINGER_MS = 2_000;
const LINGER_BYTES = 16 * 1_024 * 1_024;

/** Headers of an answer, for a request that may not be whole yet; to be asked once for each. */
export function headersBefore(request: IncomingMessage): { readonly connection?: "close" } {
  if (request.complete) return {};
  const { socket, headers } = request;
  // What Node calls behind the last answer of a connection, be it we or the caller who end it.
  socket.destroySoon = () => linger(socket);
  const isShort =
    headers["transfer-encoding"] === undefined &&
    Number(headers["content-length"] ?? 0) <= SHORT_BYTES;
  return isShort ? {} : { connection: "close" };
}

/** Ends a connection behind what was written to it; what still comes is no request any more. */
export function linger(socket: Duplex): void {
  let left = LINGER_BYTES;
  const timer = setTimeout(() => socket.destroy(), LINGER_MS);
  socket.once("close", () => clearTimeout(timer));
  // Nobody parses it; the socket is done with when the other side ends, too.
  socket.removeAllListeners("data").on("data", (bytes: Buffer) => {
    left -= bytes.length;
    if (left < 0) socket.destroy();
  });
  socket.end();
  socket.resume();
}
