import { once } from "node:events";
import { connect, createServer, type AddressInfo, type Socket } from "node:net";
import { onTestFinished } from "vitest";

/** A wire between a client and PostgreSQL that a test can cut, stop and watch. */
export interface Proxy {
  readonly url: string;
  /** How many connections were made through it so far. */
  readonly connections: () => number;
  /**
   * When the client next sends something that contains `text`, it is passed on to the server, and
   * then the client's side is cut before any reply gets through. Of a COMMIT once the server has
   * answered it, so that it stands; else, and where `lingerMs` is told, at once, and the server's side
   * lives on for so long: its backend goes on working on what it was sent.
   */
  readonly cutAfter: (text: string, options?: { lingerMs?: number }) => Promise<void>;
  /** The same, but what contains `text` never reaches the server. */
  readonly cutBefore: (text: string) => Promise<void>;
  /**
   * From what contains `text` to the next commit, all is kept and then the client cut, at once or
   * when `cutWhen` is there. Calling what is answered passes it on to the server, a zombie that wakes
   * up late, and resolves when the server is done with it.
   */
  readonly keep: (text: string, cutWhen?: Promise<unknown>) => Promise<() => Promise<void>>;
  /** From what contains `text` on, nothing passes in either direction, and nobody is told. */
  readonly swallow: (text: string) => Promise<void>;
  /**
   * The same, but all up to the end of the text still reaches the server: a node that froze. It hears
   * nothing until the server hangs up.
   */
  readonly freezeAfter: (text: string) => Promise<void>;
  /** The same, but what comes behind the text passes slowly, until the wire is done for. */
  readonly slowAfter: (text: string, bytesPerSecond: number) => Promise<void>;
  /** Cuts every wire at once, whatever is on it. */
  readonly cutAll: () => void;
  /** The next client hears in one packet that it is logged in, and that its server is dying. */
  readonly dieAtLogin: () => void;
  /** Cuts every wire and every new one, until what is answered is called. */
  readonly refuse: () => () => void;
}

/** The driver sends it as a text of its own, behind everything that it commits. */
export const COMMIT = "commit\0";
/** How the rows of a batch begin. */
export const COPY = "PGCOPY\n";

/** How long a server's side lives on unless told. */
const LINGER_MS = 200;

interface Trap {
  readonly text: string;
  readonly spring: (wire: Wire, data: Buffer) => void;
}

interface Wire {
  readonly client: Socket;
  readonly server: Socket;
  /** Nothing passes any more, in either direction. */
  dead: boolean;
  /** Given what the client sends although the wire is dead. */
  onDead: ((data: Buffer) => void) | undefined;
  /** Given what the client sends on a slow wire. */
  slowly: ((data: Buffer) => void) | undefined;
}

/**
 * Opens a proxy in front of a server; it is closed, and all its wires cut, with the test. As a pooler
 * it doesn't tell which server process a client has.
 */
export async function openProxy(url: string, { isPooler = false } = {}): Promise<Proxy> {
  const target = new URL(url);
  const traps = new Set<Trap>();
  const wires = new Set<Wire>();
  let connections = 0;
  const next = { refusing: false, dying: false };
  const cutAll = (): void => {
    for (const wire of wires) cut(wire, 0);
  };
  const listener = createServer((client) => {
    connections += 1;
    if (next.refusing) return client.destroy();
    const server = connect(Number(target.port), target.hostname);
    const wire: Wire = { client, server, dead: false, onDead: undefined, slowly: undefined };
    wires.add(wire);
    if (next.dying) dieReady(wire);
    next.dying = false;
    join(wire, traps, isPooler);
    server.on("close", () => wires.delete(wire));
  });
  listener.listen(0, "127.0.0.1");
  await once(listener, "listening");
  onTestFinished(async () => {
    cutAll();
    listener.close();
    await once(listener, "close");
  });
  const mine = new URL(url);
  mine.hostname = "127.0.0.1";
  mine.port = String((listener.address() as AddressInfo).port);
  const trap = trapper(traps);
  return {
    url: mine.href,
    connections: () => connections,
    cutAfter: (text, { lingerMs } = {}) =>
      trap(text, (wire, data) => {
        const isOver = text === COMMIT && lingerMs === undefined ? whenIdle(wire) : undefined;
        wire.server.write(data);
        if (isOver !== undefined) return isOver.then(() => cut(wire, LINGER_MS));
        cut(wire, lingerMs ?? LINGER_MS);
      }),
    cutBefore: (text) => trap(text, (wire) => cut(wire, 0)),
    keep: (text, cutWhen) => keepBack(trap, text, cutWhen),
    swallow: (text) => trap(text, () => undefined),
    freezeAfter: (text) =>
      trap(text, (wire, data) => {
        wire.server.write(data.subarray(0, data.indexOf(text) + text.length));
        wire.server.once("close", () => wire.client.destroy());
      }),
    slowAfter: (text, bytesPerSecond) =>
      trap(text, (wire, data) => slowDown(wire, data, data.indexOf(text), bytesPerSecond)),
    cutAll,
    dieAtLogin: () => void (next.dying = true),
    refuse: () => {
      next.refusing = true;
      cutAll();
      return () => void (next.refusing = false);
    },
  };
}

type Spring = (wire: Wire, data: Buffer) => void | Promise<void>;
type SetTrap = (text: string, spring: Spring) => Promise<void>;

/** Sets a trap that springs once, on the first data with its text; resolves when that is done. */
function trapper(traps: Set<Trap>): SetTrap {
  return (text, spring) =>
    new Promise((resolve) => {
      const set: Trap = {
        text,
        spring: (wire, data) => {
          traps.delete(set);
          wire.dead = true;
          resolve(spring(wire, data));
        },
      };
      traps.add(set);
    });
}

/** Holds back what the client sends, tells it that the wire broke, and delivers when called. */
function keepBack(
  trap: SetTrap,
  text: string,
  cutWhen: Promise<unknown> = Promise.resolve(),
): Promise<() => Promise<void>> {
  return new Promise((resolve) => {
    void trap(text, (wire, first) => {
      const kept: Buffer[] = [];
      wire.onDead = (data) => {
        kept.push(data);
        if (!Buffer.concat(kept).includes(COMMIT)) return;
        void cutWhen.then(() => {
          wire.client.destroy();
          resolve(() => {
            const isOver = whenIdle(wire);
            wire.server.write(Buffer.concat(kept));
            return isOver;
          });
        });
      };
      wire.onDead(first);
    });
  });
}

/** What a server tells at login: its process and the key by which a statement is cancelled. */
const BACKEND_KEY = Buffer.from([0x4b, 0, 0, 0, 12]);

/** A pooler has processes and keys of its own. */
function hideBackend(data: Buffer): void {
  const at = data.indexOf(BACKEND_KEY);
  if (at >= 0) data.writeInt32BE(1, at + BACKEND_KEY.length);
}

const READY = Buffer.from([0x5a, 0, 0, 0, 5, 0x49]);
/** Resolves when the server has told that no transaction is open, or has hung up. */
function whenIdle({ server }: Wire): Promise<void> {
  if (server.destroyed) return Promise.resolve();
  return new Promise((resolve) => {
    let told = Buffer.alloc(0);
    server.on("data", (data) => {
      told = Buffer.concat([told, data]);
      if (told.includes(READY)) resolve();
      told = told.subarray(-READY.length);
    });
    server.once("close", resolve);
  });
}

const DYING = "SFATAL\0C57P01\0Mterminating connection due to unexpected postmaster exit\0\0";

function dieReady(wire: Wire): void {
  wire.server.on("data", (data) => {
    const at = data.indexOf(READY);
    if (at < 0 || wire.dead) return;
    wire.dead = true;
    const head = Buffer.from([0x45, 0, 0, 0, 0]);
    head.writeInt32BE(4 + DYING.length, 1);
    wire.client.end(Buffer.concat([data.subarray(0, at + READY.length), head, Buffer.from(DYING)]));
    wire.server.destroy();
  });
}

const TRICKLE_MS = 100;

/** Both directions live on; what the client sends trickles. */
function slowDown(wire: Wire, data: Buffer, from: number, bytesPerSecond: number): void {
  wire.dead = false;
  wire.server.write(data.subarray(0, from));
  let kept = data.subarray(from);
  wire.slowly = (more) => {
    kept = Buffer.concat([kept, more]);
  };
  const portion = Math.ceil((bytesPerSecond * TRICKLE_MS) / 1_000);
  const timer = setInterval(() => {
    if (kept.length > 0) wire.server.write(kept.subarray(0, portion));
    kept = kept.subarray(portion);
  }, TRICKLE_MS);
  wire.server.once("close", () => clearInterval(timer));
}

function join(wire: Wire, traps: ReadonlySet<Trap>, isPooler: boolean): void {
  const { client, server } = wire;
  client.on("data", (data) => {
    if (wire.dead) return wire.onDead?.(data);
    if (wire.slowly !== undefined) return wire.slowly(data);
    const sprung = [...traps].find(({ text }) => data.includes(text));
    if (sprung === undefined) server.write(data);
    else sprung.spring(wire, data);
  });
  let loggedIn = !isPooler;
  server.on("data", (data) => {
    if (!loggedIn) {
      hideBackend(data);
      loggedIn = data.includes(BACKEND_KEY);
    }
    if (!wire.dead) client.write(data);
  });
  for (const socket of [client, server]) socket.on("error", () => undefined);
  client.on("close", () => {
    if (!wire.dead) server.end();
  });
  server.on("close", () => {
    if (!wire.dead) client.destroy();
  });
}

function cut(wire: Wire, lingerMs: number): void {
  wire.dead = true;
  wire.client.destroy();
  if (lingerMs === 0) wire.server.destroy();
  else setTimeout(() => wire.server.destroy(), lingerMs).unref();
}
