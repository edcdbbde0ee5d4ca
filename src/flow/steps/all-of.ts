/** f.all: branches beside each other; all end before it does, and the first failure is thrown. */
import type { Steps } from "../define-flow.ts";

type Branches = Readonly<Record<string, (f: Steps) => Promise<unknown>>>;

export async function allOf<B extends Branches>(
  branches: B,
  stepsOf: (name: string) => Steps,
): Promise<{ readonly [K in keyof B]: Awaited<ReturnType<B[K]>> }> {
  const names = Object.keys(branches);
  const settled = await Promise.allSettled(
    names.map(async (name) => branches[name]?.(stepsOf(name))),
  );
  const answers: Record<string, unknown> = {};
  for (const [at, came] of settled.entries()) {
    if (came.status === "rejected") throw came.reason;
    answers[names[at] ?? ""] = came.value;
  }
  return answers as { readonly [K in keyof B]: Awaited<ReturnType<B[K]>> };
}
