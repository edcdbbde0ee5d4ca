/** Which connections have which requests in work: at the end all others are let go at once. */
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";

/** A request in work, and the answer that it will get. */
export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

export interface Connections {
  readonly watch: (server: Server) => void;
  readonly begins: (exchange: Exchange) => void;
  /** Its answer is out; where its body still comes, it is in work until that is over, too. */
  readonly ends: (exchange: Exchange) => void;
  /** In the order in which they came. */
  readonly inWork: (socket: Duplex) => readonly Exchange[];
  /** How many have a request in work. */
  readonly busy: () => number;
  readonly closeAll: () => void;
  /** Closes those without a request. Node knows too, except of those that never had one. */
  readonly closeUnused: () => void;
}

const NONE: readonly Exchange[] = [];

export function connections(): Connections {
  /** Most have one request or none: no set is kept for them. */
  const open = new Map<Duplex, readonly Exchange[]>();
  const change = (socket: Duplex, to: (was: readonly Exchange[]) => readonly Exchange[]) => {
    const was = open.get(socket);
    if (was !== undefined) open.set(socket, to(was));
  };
  const remove = (exchange: Exchange) =>
    change(exchange.request.socket, (was) =>
      was.length === 1 ? NONE : was.filter((one) => one !== exchange),
    );
  return {
    watch(server) {
      server.on("connection", (socket: Socket) => {
        open.set(socket, NONE);
        socket.once("close", () => open.delete(socket));
      });
    },
    begins: (exchange) => change(exchange.request.socket, (was) => [...was, exchange]),
    ends(exchange) {
      const { request } = exchange;
      if (request.complete) remove(exchange);
      else request.once("end", () => remove(exchange));
    },
    inWork: (socket) => open.get(socket) ?? NONE,
    busy: () => [...open.values()].filter((exchanges) => exchanges.length > 0).length,
    closeAll() {
      for (const socket of open.keys()) socket.destroy();
    },
    closeUnused() {
      for (const [socket, exchanges] of open) if (exchanges.length === 0) socket.destroy();
    },
  };
}
