/**
 * Who may see the page. Of the main job's book whoever sits at this machine: the server listens on
 * loopback, the request names loopback as its host (else a stranger's web page, its name rebound to
 * 127.0.0.1, could read it) and no proxy forwarded it. Everybody else signs in, and for every book
 * everybody: by the link that the start prints, once, or with a key that may read what the page
 * shows; programs send the key with each request.
 */
import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { type Access, mayDo } from "../../access/index.ts";
import { LongmenError } from "../../base/index.ts";
import { isLoopback } from "./loopback.ts";

/** Where the page shows all books. */
export const EVERY_BOOK = "*";

export interface PageGateOptions {
  /** Where the server listens. */
  readonly host: string;
  /** Undefined as long as the database is not up. */
  readonly access: () => Access | undefined;
  /** What the page shows: a key must read that book, or with `*` every book. */
  readonly book: string;
  readonly now?: () => number;
}

/** What is typed or clicked to come in. */
export interface SignIn {
  readonly code?: string | undefined;
  readonly key?: string | undefined;
}

export type SignedIn =
  | { readonly ok: true; readonly cookie: string }
  | { readonly ok: false; readonly why: "wrong" | "starting" | "later" };

export interface PageGate {
  /** Good for one sign-in; undefined where nobody needs one. */
  readonly code: string | undefined;
  readonly book: string;
  /** Is it open to who looks at it from this machine? */
  readonly isOpenHere: boolean;
  admits(request: IncomingMessage): Promise<boolean>;
  /** May who was admitted see runs of every flow, too? By the link, or with a key that may read them. */
  seesRuns(request: IncomingMessage): Promise<boolean>;
  signIn(request: IncomingMessage, shown: SignIn): Promise<SignedIn>;
}

const COOKIE = "longmen_page";
const COOKIE_SENT = /(?:^|;\s*)longmen_page=([\w-]{43})(?:;|$)/;
const SESSION_MS = 12 * 60 * 60 * 1_000;
const SESSIONS_MAX = 1_000;
/** The link may stand in a log for long. */
const CODE_MS = 60 * 60 * 1_000;
const SECRET_BYTES = 32;
const SECOND_MS = 1_000;

interface Session {
  readonly until: number;
  /** Asked about on each view, so that a revoked key shows nothing. Without: by the link. */
  readonly key: string | undefined;
}

export function pageGate({ host, access, book, now = Date.now }: PageGateOptions): PageGate {
  // All books of a node are more than what everybody with an account on its machine may see.
  const isOpenHere = isLoopback(host) && book !== EVERY_BOOK;
  const code = isOpenHere ? undefined : secret();
  const codeUntil = now() + CODE_MS;
  let codeUsed = false;
  const open = sessions(now);

  /** Refuses what access refuses, but for keys that are none. */
  async function mayRead(key: string): Promise<boolean> {
    try {
      const principal = await access()?.check(key);
      return principal !== undefined && mayDo(principal, "read", book);
    } catch (error) {
      if (error instanceof LongmenError && error.code === "access.key_unknown") return false;
      throw error;
    }
  }

  function isCode(shown: string): boolean {
    if (code === undefined || codeUsed || now() > codeUntil || !isSame(shown, code)) return false;
    codeUsed = true;
    return true;
  }

  return {
    code,
    book,
    isOpenHere,
    async admits(request) {
      if (isOpenHere && isFromHere(request)) return true;
      return isKnown(open.of(request), request, mayRead);
    },
    seesRuns: (request) =>
      isKnown(open.of(request), request, async (key) => {
        const principal = await access()?.check(key);
        return principal !== undefined && mayDo(principal, "runs.read", "*");
      }),
    async signIn(request, { code: shown, key }) {
      const comeIn = (by?: string) => ({ ok: true, cookie: open.begin(request, by) }) as const;
      if (shown !== undefined && isCode(shown)) return comeIn();
      if (key === undefined || key === "") return { ok: false, why: "wrong" };
      if (access() === undefined) return { ok: false, why: "starting" };
      try {
        return (await mayRead(key)) ? comeIn(key) : { ok: false, why: "wrong" };
      } catch (error) {
        if (error instanceof LongmenError) return { ok: false, why: "later" };
        throw error;
      }
    },
  };
}

/** Whether who signed in by the link asks, or a key of which `may` holds. */
async function isKnown(
  session: Session | undefined,
  { headers }: IncomingMessage,
  may: (key: string) => Promise<boolean>,
): Promise<boolean> {
  const bearer = /^bearer +(\S+)$/i.exec(headers.authorization ?? "")?.[1];
  const key = bearer ?? session?.key;
  if (key === undefined) return session !== undefined;
  try {
    return await may(key);
  } catch (error) {
    // A database that is away tells nobody who may.
    if (error instanceof LongmenError) return false;
    throw error;
  }
}

interface Sessions {
  /** Begins one; answers the cookie that names it. */
  begin(request: IncomingMessage, key: string | undefined): string;
  of(request: IncomingMessage): Session | undefined;
}

/** In this process only: a restart signs everybody out. */
function sessions(now: () => number): Sessions {
  /** By the hash of what the cookie says, oldest first. */
  const open = new Map<string, Session>();
  return {
    begin(request, key) {
      const id = secret();
      open.set(hashOf(id), { until: now() + SESSION_MS, key });
      const [oldest] = open.keys();
      if (open.size > SESSIONS_MAX && oldest !== undefined) open.delete(oldest);
      const secure = request.headers["x-forwarded-proto"] === "https" ? "; Secure" : "";
      const age = SESSION_MS / SECOND_MS;
      return `${COOKIE}=${id}; Path=/; Max-Age=${age}; HttpOnly; SameSite=Strict${secure}`;
    },
    of({ headers }) {
      const id = COOKIE_SENT.exec(headers.cookie ?? "")?.[1];
      const session = id === undefined ? undefined : open.get(hashOf(id));
      return session !== undefined && session.until > now() ? session : undefined;
    },
  };
}

const FORWARDED = ["forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip", "via"] as const;

function isFromHere({ headers }: IncomingMessage): boolean {
  if (FORWARDED.some((name) => headers[name] !== undefined)) return false;
  const name = /^(\[[0-9a-f:.]+\]|[^:[\]]+)(?::\d+)?$/i.exec(headers.host ?? "")?.[1];
  return name !== undefined && isLoopback(name);
}

function secret(): string {
  return randomBytes(SECRET_BYTES).toString("base64url");
}

function hashOf(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

/** Takes as long for a wrong one as for the right one. */
function isSame(shown: string, secretText: string): boolean {
  return timingSafeEqual(Buffer.from(hashOf(shown)), Buffer.from(hashOf(secretText)));
}
