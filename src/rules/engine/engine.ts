/** One engine process: asks go to it in bunches, answers come back; it may die or hang, and is started anew. */
import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { Asking, Checking, Reply, Trying, Verdicts, Word } from "./words.ts";

/** What became of an ask. */
export type Outcome =
  | { readonly kind: "done"; readonly value: unknown }
  | { readonly kind: "failed"; readonly reason: string }
  | { readonly kind: "missing"; readonly reason: string }
  /** The process died before it answered. `sound`: what a check had found until shortly before. */
  | { readonly kind: "died"; readonly reason: string; readonly sound: Verdicts }
  | { readonly kind: "late" };

export interface Content {
  /** Its name: the hash of a version, or of a part of one. */
  readonly id: string;
  /** The version that it is, or is a part of: it answers for what its parts do. */
  readonly of: string;
  readonly jdm: unknown;
  readonly uses: Readonly<Record<string, unknown>>;
  /** Of its text, about: what the process has of it is a multiple of that. */
  readonly size: number;
}

type Request =
  | {
      readonly kind: "decide";
      readonly content: Content;
      readonly input: unknown;
      readonly trace: boolean;
    }
  | Omit<Checking, "n">
  | Omit<Trying, "n">;

interface Pending {
  readonly settle: (outcome: Outcome) => void;
  /** The look from which on its time counts. */
  since: number;
  readonly verdicts: (string | null)[];
}

const SCRIPT = import.meta.url.endsWith(".ts") ? "engine-process.ts" : "engine-process.js";
/** Of texts that the process keeps. */
const LOADED_BYTES_MAX = 16 * 1024 * 1024;
const ERRORS_MAX_LENGTH = 2_000;
/** The watch looks so often in the time that an ask has. */
const LOOKS = 4;
const LOOK_MIN_MS = 10;
/** Its process starts as fast as the machine is: that is no rule's fault. */
const START_MAX_MS = 30_000;
const NOT_A_REASON = /^(stack backtrace|note:|\s|$)/;

export class EngineProcess {
  private readonly lookMs: number;
  /** How often the watch has looked. */
  private looks = 0;
  /** The process has said that it does what it is asked. */
  private isReady = false;
  private child: ChildProcess | undefined;
  private readonly pending = new Map<number, Pending>();
  /** What the process has, oldest use first. */
  private readonly loaded = new Map<string, number>();
  private loadedBytes = 0;
  private words: Word[] = [];
  private next = 1;
  private errors = "";
  private watch: NodeJS.Timeout | undefined;
  private ended: Promise<void> = Promise.resolve();

  constructor(timeoutMs: number) {
    this.lookMs = Math.max(LOOK_MIN_MS, timeoutMs / LOOKS);
  }

  get waiting(): number {
    return this.pending.size;
  }

  /** Never rejects. */
  ask(request: Request): Promise<Outcome> {
    const n = this.next++;
    const { promise, resolve } = Promise.withResolvers<Outcome>();
    this.pending.set(n, { settle: resolve, since: this.looks, verdicts: [] });
    const child = this.child ?? this.start();
    if (request.kind !== "decide") this.say({ ...request, n });
    else {
      const { content, input, trace } = request;
      this.load(content);
      this.say({ kind: "decide", n, content: content.id, input, trace } satisfies Asking);
    }
    child.channel?.ref();
    this.watch ??= setInterval(() => this.endIfLate(), this.lookMs).unref();
    return promise;
  }

  private load({ id, jdm, uses, size }: Content): void {
    if (this.loaded.delete(id)) return void this.loaded.set(id, size);
    this.loaded.set(id, size);
    this.loadedBytes += size;
    this.say({ kind: "load", content: id, jdm, uses });
    for (const [oldest, ofOldest] of this.loaded) {
      if (this.loadedBytes <= LOADED_BYTES_MAX || this.loaded.size === 1) break;
      this.loaded.delete(oldest);
      this.loadedBytes -= ofOldest;
      this.say({ kind: "drop", content: oldest });
    }
  }

  /** What is said in one turn of the loop goes as one message. */
  private say(word: Word): void {
    if (this.words.push(word) > 1) return;
    queueMicrotask(() => {
      const { words } = this;
      this.words = [];
      // A process that is gone tells so by its exit, which settles what was asked.
      if (words.length > 0) this.child?.send(words, () => undefined);
    });
  }

  private start(): ChildProcess {
    const child = fork(fileURLToPath(new URL(SCRIPT, import.meta.url)), [], {
      // Nothing of ours: neither settings nor secrets.
      env: {},
      execArgv: ["--max-old-space-size=512"],
      stdio: ["ignore", "ignore", "pipe", "ipc"],
    });
    this.child = child;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.ended = promise;
    child.on("message", (replies: readonly Reply[]) => {
      if (this.child === child) for (const one of replies) this.hear(one);
    });
    child.stderr?.on("data", (bytes: Buffer) => {
      this.errors = (this.errors + bytes.toString()).slice(-ERRORS_MAX_LENGTH);
    });
    child.on("error", (error) => this.isGone(child, { kind: "missing", reason: error.message }));
    child.on("exit", (code, signal) => {
      resolve();
      this.isGone(child, { kind: "died", reason: this.reasonOf(code, signal), sound: [] });
    });
    child.unref();
    child.channel?.unref();
    (child.stderr as { unref?: () => void } | null)?.unref?.();
    return child;
  }

  private reasonOf(code: number | null, signal: NodeJS.Signals | null): string {
    const lines = this.errors.split("\n").filter((line) => !NOT_A_REASON.test(line));
    const told = lines.find((line) => !line.startsWith("thread ")) ?? lines[0];
    return (told ?? `it ended by ${signal ?? code ?? "itself"}`).slice(0, 300);
  }

  private hear(reply: Reply): void {
    if (reply.kind === "ready") return this.begin();
    if (reply.kind === "missing") {
      const { child } = this;
      if (child === undefined) return;
      this.isGone(child, reply);
      if (child.connected) child.disconnect();
      return;
    }
    const one = this.pending.get(reply.n);
    if (one === undefined) return;
    if (reply.kind === "some") return void one.verdicts.push(...reply.verdicts);
    this.pending.delete(reply.n);
    const isCheck = reply.kind === "done" && one.verdicts.length > 0;
    const value = isCheck ? [...one.verdicts, ...(reply.value as Verdicts)] : undefined;
    one.settle(isCheck ? { kind: "done", value } : reply);
    if (this.pending.size === 0) this.child?.channel?.unref();
  }

  /** From here on the time of what was asked counts. */
  private begin(): void {
    this.isReady = true;
    for (const one of this.pending.values()) one.since = this.looks;
  }

  private isGone(child: ChildProcess, outcome: Outcome): void {
    if (this.child !== child) return;
    this.forget();
    const all = [...this.pending.values()];
    this.pending.clear();
    for (const { settle, verdicts } of all) {
      settle(outcome.kind === "died" ? { ...outcome, sound: verdicts } : outcome);
    }
  }

  private forget(): void {
    this.child = undefined;
    this.isReady = false;
    this.loaded.clear();
    this.loadedBytes = 0;
    this.words = [];
    this.errors = "";
    clearInterval(this.watch);
    this.watch = undefined;
  }

  /**
   * Nobody can tell which of several hangs: all of them are told, and asked again one by one. Counted in looks and
   * not by a clock: while this process stands still none is made, and what was answered meanwhile is heard behind
   * the first.
   */
  private endIfLate(): void {
    const { child } = this;
    this.looks += 1;
    const most = this.isReady ? LOOKS : Math.ceil(START_MAX_MS / this.lookMs);
    const isLate = [...this.pending.values()].some(({ since }) => this.looks - since > most);
    if (child === undefined || !isLate) return;
    this.isGone(child, { kind: "late" });
    child.kill("SIGKILL");
  }

  async close(): Promise<void> {
    const { child } = this;
    if (child === undefined) return;
    this.isGone(child, { kind: "died", reason: "this node is stopping", sound: [] });
    child.ref();
    child.kill("SIGKILL");
    await this.ended;
  }
}
