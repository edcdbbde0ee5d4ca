/** Which connections have a request in work: at the end all others are let go at once. */
import type { Server } from "node:http";
import type { Socket } from "node:net";

export interface Connections {
  readonly watch: (server: Server) => void;
  readonly begins: (socket: Socket) => void;
  readonly ends: (socket: Socket) => void;
  /** How many have a request in work. */
  readonly busy: () => number;
  readonly closeAll: () => void;
  /** Closes those without a request. Node knows too, except of those that never had one. */
  readonly closeUnused: () => void;
}

export function connections(): Connections {
  const open = new Map<Socket, number>();
  const change = (socket: Socket, by: number) => {
    const now = open.get(socket);
    if (now !== undefined) open.set(socket, now + by);
  };
  return {
    watch(server) {
      server.on("connection", (socket: Socket) => {
        open.set(socket, 0);
        socket.once("close", () => open.delete(socket));
      });
    },
    begins: (socket) => change(socket, 1),
    ends: (socket) => change(socket, -1),
    busy: () => [...open.values()].filter((requests) => requests > 0).length,
    closeAll() {
      for (const socket of open.keys()) socket.destroy();
    },
    closeUnused() {
      for (const [socket, requests] of open) if (requests === 0) socket.destroy();
    },
  };
}
