/** Where the page and the health door are: at a port that is free. */
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { fail } from "../../base/index.ts";
import { cliErrors } from "../cli.errors.ts";

/** As src/http has these two, without loading it: most commands serve nothing. */
export const SERVER_OPTIONS = { connectionsCheckingInterval: 1_000, requireHostHeader: false };
const BACKLOG = 4_096;
const PORT_MAX = 65_535;

export function urlOf(host: string, port: number): string {
  return `http://${host.includes(":") ? `[${host}]` : host}:${port}/`;
}

/**
 * At `first` or, where that is taken, at one of the `tried` from there on; 0 takes a free one. Answers
 * the port. Refuses: cli.port_taken, cli.host_unusable.
 */
export async function listen(
  server: Server,
  host: string,
  first: number,
  tried: number,
): Promise<number> {
  const last = first === 0 ? 0 : Math.min(first + tried - 1, PORT_MAX);
  for (let port = first; port <= last; port++) {
    if (await listensAt(server, host, port)) return (server.address() as AddressInfo).port;
  }
  throw fail(cliErrors, "port_taken", { first, last });
}

function listensAt(server: Server, host: string, port: number): Promise<boolean> {
  const { promise, resolve, reject } = Promise.withResolvers<boolean>();
  const onError = (error: NodeJS.ErrnoException) => {
    server.off("listening", onListening);
    if (error.code === "EADDRINUSE" || error.code === "EACCES") resolve(false);
    else reject(fail(cliErrors, "host_unusable", { host, problem: error.message }, error));
  };
  const onListening = () => {
    server.off("error", onError);
    resolve(true);
  };
  server.once("error", onError);
  server.once("listening", onListening);
  server.listen({ host, port, backlog: BACKLOG });
  return promise;
}
