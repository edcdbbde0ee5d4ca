/**
 * The rules engine in a process of its own, started by engine.ts. Its native code ends the whole process on
 * some numbers (a product of more than 28 digits, a result beyond 2^63), and a rule is a stranger's text: what it
 * may end is this process, which holds nothing.
 */
import type { Asking, Checking, Evaluated, Loading, Reply, Word } from "./words.ts";

interface Decision {
  evaluate(
    input: unknown,
    options: { readonly trace: boolean; readonly maxDepth: number },
  ): Promise<{ readonly result: unknown; readonly trace?: unknown }>;
}

/** What is used of the engine: an optional dependency has no types where it isn't there. */
interface Zen {
  readonly ZenEngine: new (options: { readonly loader: (key: string) => Promise<Buffer> }) => {
    createDecision(jdm: object): Decision;
  };
  evaluateExpressionSync(text: string, input: unknown): unknown;
  evaluateUnaryExpressionSync(text: string, input: unknown): unknown;
}

/** Or why it can't be. */
const loaded = new Map<string, Decision | string>();
let replies: Reply[] = [];
/** What was said before the engine was loaded; undefined once it is. */
let early: Word[] | undefined = [];

let zen: Zen | undefined;

function loadedEngine(): Zen {
  if (zen === undefined) throw new Error("the engine is not loaded");
  return zen;
}

function reply(word: Reply): void {
  if (replies.push(word) === 1) setImmediate(flush);
}

function flush(): void {
  const words = replies;
  replies = [];
  if (process.connected) process.send?.(words);
}

process.on("disconnect", () => process.exit(0));
process.on("message", (words: readonly Word[]) => {
  if (early !== undefined) early.push(...words);
  else for (const word of words) take(word);
});

function take(word: Word): void {
  switch (word.kind) {
    case "load":
      loaded.set(word.content, load(word));
      return;
    case "drop":
      loaded.delete(word.content);
      return;
    case "decide":
      void decide(word);
      return;
    case "check":
      check(word);
      return;
    case "try": {
      const tried = load({ kind: "load", content: "", jdm: word.jdm, uses: {} });
      const { n } = word;
      if (typeof tried === "string") reply({ kind: "failed", n, reason: tried });
      else reply({ kind: "done", n, value: null });
    }
  }
}

function load({ jdm, uses }: Loading): Decision | string {
  try {
    const engine = new (loadedEngine().ZenEngine)({
      loader: (key) => {
        if (!Object.hasOwn(uses, key)) return Promise.reject(new Error(`${key} is not there`));
        return Promise.resolve(Buffer.from(JSON.stringify(uses[key])));
      },
    });
    return engine.createDecision(jdm as object);
  } catch (error) {
    return firstLine(error);
  }
}

async function decide({ n, content, input, trace }: Asking): Promise<void> {
  try {
    const decision = loaded.get(content) ?? "its text is not loaded";
    if (typeof decision === "string") throw new Error(decision);
    const answer = await decision.evaluate(input, { trace, maxDepth: 10 });
    const value: Evaluated = trace
      ? { result: answer.result, trace: answer.trace }
      : { result: answer.result };
    reply({ kind: "done", n, value });
  } catch (error) {
    reply({ kind: "failed", n, reason: firstLine(error) });
  }
}

const RUNTIME_ONLY = /"type":"(vmError|missingContextReference|runtimeError)"/;
const SAY_EVERY = 64;

/** Runs each on nothing: what fails to compile says so; what fails for want of input compiled. */
function check(word: Checking): void {
  const engine = loadedEngine();
  const { n, expressions } = word;
  let verdicts: (string | null)[] = [];
  for (const [kind, text] of expressions) {
    if (verdicts.length === SAY_EVERY) {
      // Sent at once: what is only put aside would be lost with the process.
      process.send?.([{ kind: "some", n, verdicts } satisfies Reply]);
      verdicts = [];
    }
    try {
      if (kind === "unary") engine.evaluateUnaryExpressionSync(text, { $: null });
      else engine.evaluateExpressionSync(text, {});
      verdicts.push(null);
    } catch (error) {
      const reason = firstLine(error);
      verdicts.push(RUNTIME_ONLY.test(reason) ? null : sourceIn(reason));
    }
  }
  reply({ kind: "done", n, value: verdicts });
}

/** The engine tells what is wrong as `{"type":"parserError","source":"Expected a literal at (1, 1)"}`. */
function sourceIn(reason: string): string {
  const [, source] = /"source":"(.*?)"[,}]/.exec(reason) ?? [];
  return source ?? reason;
}

function firstLine(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return (text.split("\n")[0] ?? "").slice(0, 500);
}

try {
  zen = await import("@gorules/zen-engine");
  // At once: what was said early may take its time.
  process.send?.([{ kind: "ready" } satisfies Reply]);
  const words = early;
  early = undefined;
  for (const word of words) take(word);
} catch (error) {
  reply({ kind: "missing", reason: firstLine(error) });
}
