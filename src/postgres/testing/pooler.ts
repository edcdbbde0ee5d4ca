/**
 * A pooler in transaction mode, as PgBouncer is one: it keeps one session of the server, and lends it
 * for a transaction to whichever client comes next, with whatever was set in it.
 */
import { once } from "node:events";
import { createServer, type AddressInfo, type Socket } from "node:net";
import { Client } from "pg";
import { onTestFinished } from "vitest";

export interface Pooler {
  readonly url: string;
  /** Breaks the wires of all clients, as if their processes had been killed. */
  readonly killClients: () => void;
}

interface Borrower {
  readonly socket: Socket;
  loggedIn: boolean;
  /** What it sent while another had the session. */
  readonly kept: Buffer[];
  gone: boolean;
}

const HEAD = 5;
/** Logged in, a process and key that are nobody's, ready. */
const WELCOME = Buffer.from([
  ...[0x52, 0, 0, 0, 8, 0, 0, 0, 0],
  ...[0x4b, 0, 0, 0, 12, 0, 0, 0, 1, 0, 0, 0, 1],
  ...[0x5a, 0, 0, 0, 5, 0x49],
]);
const ROLLBACK = message("Q", "rollback\0");

function message(type: string, body: string): Buffer {
  const head = Buffer.alloc(HEAD);
  head.write(type);
  head.writeInt32BE(4 + Buffer.byteLength(body), 1);
  return Buffer.concat([head, Buffer.from(body)]);
}

/** Cuts a stream into whole messages; the first of a client has no type. */
function framing(onMessage: (one: Buffer) => void, isUntyped = () => false) {
  let rest = Buffer.alloc(0);
  return (data: Buffer): void => {
    rest = Buffer.concat([rest, data]);
    for (;;) {
      const at = isUntyped() ? 0 : 1;
      if (rest.length < at + 4) return;
      const length = at + rest.readInt32BE(at);
      if (rest.length < length) return;
      const one = rest.subarray(0, length);
      rest = rest.subarray(length);
      onMessage(one);
    }
  };
}

/** One session of the server, and who has it. */
class LentSession {
  private owner: Borrower | undefined;
  private readonly line: Borrower[] = [];
  /** Replies that end with "ready" and have not come. */
  private open = 0;
  private readonly server: Socket;
  private readonly tracks: boolean;

  constructor(server: Socket, tracks: boolean) {
    this.server = server;
    this.tracks = tracks;
    server.removeAllListeners("data");
    server.on(
      "data",
      framing((one) => this.fromServer(one)),
    );
  }

  send(from: Borrower, one: Buffer): void {
    this.owner ??= from;
    if (this.owner !== from) {
      if (!this.line.includes(from)) this.line.push(from);
      from.kept.push(one);
      return;
    }
    const type = String.fromCharCode(one[0] ?? 0);
    // Who prepares a name anew is not told that another had it in this session.
    const name = type === "P" ? one.toString("utf8", HEAD, one.indexOf(0, HEAD)) : "";
    if (this.tracks && name !== "") this.server.write(message("C", `S${name}\0`));
    if (type === "Q" || type === "S") this.open += 1;
    this.server.write(one);
  }

  leave(borrower: Borrower): void {
    borrower.gone = true;
    borrower.kept.length = 0;
    if (this.owner === borrower) this.send(borrower, ROLLBACK);
  }

  private fromServer(one: Buffer): void {
    const type = String.fromCharCode(one[0] ?? 0);
    if (type === "3") return;
    if (this.owner?.gone === false) this.owner.socket.write(one);
    if (type !== "Z") return;
    this.open -= 1;
    const isIdle = String.fromCharCode(one[HEAD] ?? 0) === "I";
    if (this.open > 0 || !isIdle) return;
    this.owner = undefined;
    const next = this.line.shift();
    for (const kept of next?.kept.splice(0) ?? []) if (next !== undefined) this.send(next, kept);
  }
}

/** Opens one; without `tracks` it knows nothing of prepared statements. Closed with the test. */
export async function openPooler(url: string, { tracks = true } = {}): Promise<Pooler> {
  const client = new Client({ connectionString: url });
  client.on("error", () => undefined);
  await client.connect();
  const server = (client as unknown as { connection: { stream: Socket } }).connection.stream;
  const session = new LentSession(server, tracks);
  const sockets = new Set<Socket>();
  const listener = createServer((socket) => {
    sockets.add(socket);
    const borrower: Borrower = { socket, loggedIn: false, kept: [], gone: false };
    const take = (one: Buffer): void => {
      if (borrower.loggedIn) {
        if (one[0] !== "X".charCodeAt(0)) session.send(borrower, one);
        return;
      }
      borrower.loggedIn = true;
      socket.write(WELCOME);
    };
    socket.on(
      "data",
      framing(take, () => !borrower.loggedIn),
    );
    socket.on("error", () => undefined);
    socket.on("close", () => {
      sockets.delete(socket);
      session.leave(borrower);
    });
  });
  listener.listen(0, "127.0.0.1");
  await once(listener, "listening");
  const killClients = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  onTestFinished(async () => {
    killClients();
    listener.close();
    await once(listener, "close");
    server.destroy();
  });
  const mine = new URL(url);
  mine.hostname = "127.0.0.1";
  mine.port = String((listener.address() as AddressInfo).port);
  return { url: mine.href, killClients };
}
