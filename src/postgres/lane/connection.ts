/**
 * The lane's own connection: one client of the pool, in the driver's pipeline mode, so that a whole
 * transaction goes out at once and a second one follows behind it before the first is answered. The
 * server runs them in the order sent; the replies come in that order too.
 */
import { createHash } from "node:crypto";
import type pg from "pg";
import type { PoolClient } from "pg";
import { type BurstPart, sendBurst } from "../burst.ts";
import type { Checkout } from "../database.ts";
import { DURABLE } from "../durable.ts";
import { executorOver, send } from "../executor.ts";
import { cut, Replies } from "../replies.ts";
import { type Backend, readBackend } from "./backend.sql.ts";
import type { LaneReader } from "./engine.ts";
import type { FlushStatement } from "./unit.ts";

export type WireRow = readonly (string | null)[];

/**
 * `committed`: with the rows of each statement. `refused`: the server said no, nothing happened.
 * `lost`: the connection broke before the reply; it may have happened. `nothing`: it failed before
 * anything was written, whatever the reason.
 */
export type Outcome =
  | { readonly kind: "committed"; readonly rows: readonly (readonly WireRow[])[] }
  | { readonly kind: "refused"; readonly error: RefusedByServer }
  | { readonly kind: "lost" | "nothing"; readonly error: Error };

export interface RefusedByServer extends Error {
  readonly code: string;
  readonly detail?: string;
  readonly constraint?: string;
}

/**
 * Waits inside the lane's transactions are bounded: a row lock can only be somebody else's, and a
 * node that is paused between two statements must not hold a book's order lock.
 */
export const LOCK_TIMEOUT_MS = 5_000;
export const IDLE_TIMEOUT_MS = 3_000;

/**
 * Every statement of a flush is a message of its own, and a stray hand may cancel any of them. What
 * follows a `begin` that failed is skipped up to the next Sync, and the commit is behind it: so that no
 * statement ever commits alone, whatever is not inside a transaction may only read. Behind a pooler that would be said to whoever is lent the session next; there nothing follows a
 * begin before its reply.
 */
const OUTSIDE = "set default_transaction_read_only = on";
const OUTSIDE_NO_MORE = "reset default_transaction_read_only";
const BEGIN = "begin isolation level read committed read write";
/** In one piece with what it begins: it costs no reply of its own, and where it fails all is skipped. */
const BEGIN_PART: BurstPart = { name: "lane.begin", text: BEGIN, values: [] };
/** What a session keeps for as long as it is the lane's; behind a pooler, each transaction. */
const BOUNDS = [
  ["lock_timeout", String(LOCK_TIMEOUT_MS)],
  ["idle_in_transaction_session_timeout", String(IDLE_TIMEOUT_MS)],
  ["jit", "off"],
] as const;
const boundsFor = (how: "set" | "set local") =>
  BOUNDS.map(([name, value]) => `${how} ${name} = ${value}`).join("; ");
const BEGINS_TO_LOOK = [BEGIN, boundsFor("set local"), DURABLE].join("; ");
/** What sets them back: a bound that the session has been given by its user, or the one it began with. */
const AS_IT_WAS = `select case source when 'session' then format('set %I = %L', name, current_setting(name))
    else format('reset %I', name) end
  from pg_settings where name in (${BOUNDS.map(([name]) => `'${name}'`).join(", ")})`;

export interface LaneConnectionOptions {
  readonly schema: string;
  /** What a transaction begins with that not every node may: aborts it. */
  readonly first?: string | undefined;
  /** A reply that takes longer counts as lost. */
  readonly replyTimeoutMs?: number | undefined;
}

interface Corked {
  cork(): void;
  uncork(): void;
}

export class LaneConnection {
  readonly reader: LaneReader;
  private readonly client: PoolClient;
  private readonly checkout: Checkout;
  private readonly replies: Replies;
  private serverProcess: Backend | undefined;
  /** What is not inside a transaction may only read. */
  private isGuarded = false;
  private lostError: Error | undefined;
  private readonly onError: (error: Error) => void;
  private readonly onEnd: () => void;
  /** Begins a transaction that takes its time. */
  private readonly begins: string;
  /** What the transaction of a burst is checked by. */
  private readonly admission: BurstPart;
  /** Statements that give the session its own bounds back, for whom it is lent to next. */
  private asItWas: readonly string[] = [];

  /** Answers once the server process behind it is known: before anything that could be in doubt. */
  static async open(checkout: Checkout, options: LaneConnectionOptions): Promise<LaneConnection> {
    const connection = new LaneConnection(checkout, options);
    try {
      connection.serverProcess = await connection.reader.one(readBackend, {});
      if (connection.backend !== undefined) await connection.guard();
      return connection;
    } catch (error) {
      connection.destroy(error as Error);
      connection.release();
      throw error;
    }
  }

  private constructor(
    checkout: Checkout,
    { schema, first = "", replyTimeoutMs }: LaneConnectionOptions,
  ) {
    const { client } = checkout;
    this.begins = [BEGINS_TO_LOOK, ...(first === "" ? [] : [first])].join("; ");
    this.admission = admissionOf(first);
    this.client = client;
    this.checkout = checkout;
    this.replies = new Replies(replyTimeoutMs, (error) => this.destroy(error));
    this.reader = executorOver(schema, async (statement, values) => {
      try {
        return await this.replies.of(send(client, schema, statement, values));
      } catch (error) {
        blame(error as Error, { name: statement.compile(schema).name });
        throw error;
      }
    });
    this.onError = (error) => this.lose(error);
    this.client.on("error", this.onError);
    this.onEnd = () => this.lose(new Error("the connection was closed"));
    this.client.on("end", this.onEnd);
  }

  get lost(): Error | undefined {
    return this.lostError;
  }

  /**
   * The server process that runs what is sent here. Undefined behind a pooler, which hands sessions
   * on: the process there is another than the one that was named when the client logged in.
   */
  get backend(): Backend | undefined {
    const { processID } = this.client as { processID?: number | null };
    return this.serverProcess?.pid === processID ? this.serverProcess : undefined;
  }

  /** Whether a second transaction may go out behind one that is not answered. */
  get pipelines(): boolean {
    return this.isGuarded;
  }

  /** Sends begin, the statements and commit: in one go, if it may. Never throws. */
  async transaction(statements: readonly FlushStatement[]): Promise<Outcome> {
    if (this.isGuarded) return this.inOneWrite(() => this.ahead(statements));
    const begun = await this.replies.of(this.settled(this.client.query(this.begins), BEGINNING));
    if (begun.error === undefined) return this.finish(NOTHING, statements);
    await this.rollback();
    return judge([], [begun]);
  }

  private ahead(statements: readonly FlushStatement[]): Promise<Outcome> {
    return this.finish(NOTHING, [BEGIN_PART, this.admission, ...statements]);
  }

  /** What is sent before `send` answers goes out together: the server is woken once, not three times. */
  private inOneWrite<T>(send: () => T): T {
    const { stream } = (this.client as unknown as { connection: { stream: Corked } }).connection;
    stream.cork();
    try {
      return send();
    } finally {
      stream.uncork();
    }
  }

  /** Opens a transaction whose statements depend on what it reads. */
  begin(): Promise<void> {
    return this.beginWith(this.begins);
  }

  /** Opens one that only looks: anybody may. */
  beginToLook(): Promise<void> {
    return this.beginWith(BEGINS_TO_LOOK);
  }

  /** Sends the statements and commits the open transaction. Never throws. */
  commit(statements: readonly FlushStatement[]): Promise<Outcome> {
    return this.finish(NOTHING, statements);
  }

  async rollback(): Promise<void> {
    if (this.lostError !== undefined) return;
    await this.replies.of(this.settled(this.client.query("rollback")));
  }

  /** Gives the connection back; a lost one is closed. */
  release(): void {
    this.replies.stop();
    if (this.lostError === undefined && this.isGuarded) {
      // One query: the pool's next user does not look for the answers of two.
      void this.settled(this.client.query([OUTSIDE_NO_MORE, ...this.asItWas].join("; ")));
    }
    this.client.off("error", this.onError);
    this.client.off("end", this.onEnd);
    this.checkout.release(this.lostError !== undefined);
  }

  /** Cuts the connection: what is in flight becomes `lost`. */
  destroy(error: Error): void {
    this.lose(error);
    cut(this.client);
  }

  private async beginWith(text: string): Promise<void> {
    const { error } = await this.replies.of(this.settled(this.client.query(text), BEGINNING));
    if (error !== undefined) throw error;
  }

  /** From now on nothing is written outside a transaction, and a wait inside one has a bound. */
  private async guard(): Promise<void> {
    const asked = `${AS_IT_WAS}; ${boundsFor("set")}; ${OUTSIDE}`;
    const told = this.client.query<string[]>({ text: asked, rowMode: "array" });
    const [bounds] = (await this.replies.of(told)) as unknown as readonly pg.QueryArrayResult<
      string[]
    >[];
    this.asItWas = bounds?.rows.map(([back = ""]) => back) ?? [];
    this.isGuarded = true;
  }

  private async finish(begun: Promise<Settled>, parts: readonly BurstPart[]): Promise<Outcome> {
    const sent = sendBurst(this.client, parts);
    const committed = this.settled(this.client.query("commit"));
    const [first, { rows, error }, last] = await this.replies.of(
      Promise.all([begun, sent, committed]),
    );
    const failed = parts[rows.length];
    if (error !== undefined && failed !== undefined) blame(error, askedBy(failed, this.admission));
    const own = parts[0] === BEGIN_PART ? rows.slice(2) : rows;
    return judge(own, [
      first,
      error === undefined ? {} : { error: error as RefusedByServer },
      last,
    ]);
  }

  private settled(query: Promise<unknown>, asked?: Asked): Promise<Settled> {
    return query.then(
      () => ({}),
      (error: unknown) => {
        if (asked !== undefined) blame(error as Error, asked);
        return { error: error as RefusedByServer };
      },
    );
  }

  private lose(error: Error): void {
    this.lostError ??= error;
  }
}

/** What the server was asked when it refused: of a statement its name, and whose it is. */
export interface Asked {
  readonly name?: string | undefined;
  readonly room?: string | undefined;
}

/** The begin itself, with what every transaction is checked by. */
export const BEGINNING: Asked = { name: "begin" };

const blamed = new WeakMap<Error, Asked>();

function blame(error: Error, asked: Asked): void {
  blamed.set(error, asked);
}

/** Undefined: nobody was asked for anything but a commit or a rollback. */
export const askedOf = (error: Error): Asked | undefined => blamed.get(error);

interface Settled {
  readonly error?: RefusedByServer;
}

const NOTHING: Promise<Settled> = Promise.resolve({});

/** The floor of the tables, and that a commit is safe before it is answered: nobody's units. */
function admissionOf(first: string): BurstPart {
  const floor = first === "" ? "" : `, (select max(floor.lane_outdated) from (${first}) as floor)`;
  const text = `select (${DURABLE})${floor}`;
  const hash = createHash("sha256").update(text).digest("hex").slice(0, 8);
  return { name: `lane.admission:${hash}`, text: `/* lane.admission */ ${text}`, values: [] };
}

const askedBy = (part: BurstPart, admission: BurstPart): Asked =>
  part === admission || part === BEGIN_PART ? BEGINNING : part;

/** The first error decides. */
function judge(rows: readonly (readonly WireRow[])[], all: readonly Settled[]): Outcome {
  for (const { error } of all) {
    if (error === undefined) continue;
    return isLoss(error) ? { kind: "lost", error } : { kind: "refused", error };
  }
  return { kind: "committed", rows };
}

/**
 * Without a severity it is the driver's own error: the reply never came. Class 08 and 57P: the
 * server is going away and says so on a connection that it closes; a commit may have gone through.
 */
export function isLoss(error: Error): boolean {
  const { code, severity } = error as { code?: string; severity?: string };
  if (severity === undefined || code === undefined) return true;
  return code.startsWith("08") || code.startsWith("57P") || code === "25P03";
}
