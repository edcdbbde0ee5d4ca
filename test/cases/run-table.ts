/** Runs a table of cases against anything that takes postings: the model, or a book. */
import type { Answer, Chain, ChainAnswer, Request } from "../../src/ledger/index.ts";
import type { Expected, Step, Sums } from "./table.ts";

/** What a table is run against. */
export interface Subject {
  submit(posting: Request | Chain): Promise<Answer | ChainAnswer> | Answer | ChainAnswer;
  wait(ms: number): Promise<void> | void;
  sums(path: string, asset: string): Promise<Sums | undefined> | Sums | undefined;
}

/** Runs every step and tells all lines that came out otherwise, not only the first. */
export async function findDifferences(subject: Subject, steps: readonly Step[]): Promise<string[]> {
  const wrong: string[] = [];
  for (const step of steps) {
    if (step.do === "wait") {
      await subject.wait(step.ms);
      continue;
    }
    const [expected, actual] =
      step.do === "sums"
        ? [step.sums.join(" "), (await subject.sums(step.path, step.asset))?.join(" ")]
        : await outcome(subject, step.posting, step.expected);
    if (expected !== actual) wrong.push(`line ${step.line}: ${step.text} came out: ${actual}`);
  }
  return wrong;
}

async function outcome(
  subject: Subject,
  posting: Request | Chain,
  expected: Expected,
): Promise<[string, string]> {
  const wanted = describeExpected(expected);
  try {
    return [wanted, describe(await subject.submit(posting), expected)];
  } catch (error) {
    // Told like an outcome, so that the lines after it are still seen.
    return [wanted, `thrown: ${error instanceof Error ? error.message : String(error)}`];
  }
}

function describeExpected(expected: Expected): string {
  const { status, code, original, amount, index } = expected;
  return [status, index, code, original, amount].filter((part) => part !== undefined).join(" ");
}

/** Says of an answer as much as is expected: amount and original only where they are asked for. */
function describe(answer: Answer | ChainAnswer, expected: Expected): string {
  const parts: (string | number | bigint | undefined)[] = [answer.status];
  if (answer.status === "refused") {
    parts.push("index" in answer ? answer.index : undefined, answer.code);
    if (expected.original !== undefined) parts.push(answer.original);
  } else if (expected.amount !== undefined) {
    parts.push("answers" in answer ? undefined : answer.amount);
  }
  return parts.filter((part) => part !== undefined).join(" ");
}
