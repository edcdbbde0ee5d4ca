import { expect, test } from "vitest";
import { fail, LongmenError } from "../../base/index.ts";
import { LongmenProblem } from "../../client/index.ts";
import { cliErrors } from "../cli.errors.ts";
import { errorText } from "../terminal.ts";
import { errorOf, failureOf } from "./job-words.ts";

/** As it comes out of the job's process. */
const carried = (error: unknown): Error => errorOf(structuredClone(failureOf(error)));

test("a refusal comes out of the job's process as one, with the words that it had", () => {
  const thrown = fail(cliErrors, "file_missing", { path: "of {path}.csv" });
  const heard = carried(thrown);
  if (!(heard instanceof LongmenError)) throw heard;
  expect(errorText(heard)).toBe(errorText(thrown));
  expect(heard).toMatchObject({ kind: thrown.kind, retry: thrown.retry });
});

test("so does what the node answers, with its trace", () => {
  const thrown = new LongmenProblem({
    code: "access.not_permitted",
    status: 403,
    detail: "the key may not",
    retry: "never",
    advice: "ask for another",
    traceId: "0af7651916cd43dd8448eb211c80319c",
  });
  const heard = carried(thrown);
  if (!(heard instanceof LongmenProblem)) throw heard;
  expect(errorText(heard)).toBe(errorText(thrown));
  expect(heard).toMatchObject({ status: 403, retry: "never" });
});

test("a bug keeps its stack; what is no error at all is told, too", () => {
  const bug = new TypeError("no such thing");
  expect(carried(bug)).toMatchObject({ message: bug.message, stack: bug.stack });
  expect(carried("just words").message).toBe("just words");
});
