/** Verification: begun by one request, looked at by others. */
import { inBook } from "./codes.ts";
import { enter } from "./gate.ts";
import { VerifyBody } from "./request-schemas.ts";
import { json, route, type Route } from "./route.ts";
import { bookParam } from "./routes-books.ts";
import { text, Verification } from "./schemas.ts";
import { taken } from "./taken.ts";
import { verificationOnWire } from "./verifications.ts";

const startVerification = route({
  method: "POST",
  path: "/v1/books/{book}/verifications",
  group: "Verification",
  name: "startVerification",
  summary: "Prove the book: every balance, bound and hash",
  description:
    "Answered at once with a job; where the same is being verified already, with that one. With expectHead it proves as well that history was not rewritten. One runs per book and four per node; past that 429.",
  needs: "verify",
  params: bookParam,
  body: taken(VerifyBody),
  bodyMayMiss: true,
  answers: { 202: { description: "The job.", schema: Verification } },
  codes: [...inBook, "http.verifications_busy"],
  example: {},
  async handle(call) {
    const book = await enter(call, "verify");
    call.reply.code(202);
    return json(verificationOnWire(call.doors.verifications.start(book, call.body.expectHead)));
  },
});

const readVerification = route({
  method: "GET",
  path: "/v1/books/{book}/verifications/{id}",
  group: "Verification",
  name: "readVerification",
  summary: "How far a verification is, and its report",
  description:
    "Jobs live in the memory of the node that runs them: the last ten of a book, a hundred in all. Another node, or the same one after a restart, answers 404; starting anew changes nothing.",
  needs: "verify",
  params: { ...bookParam, id: text("The job's id.", "01k…") },
  answers: { 200: { description: "The job.", schema: Verification } },
  codes: [...inBook, "http.verification_missing", "http.verification_elsewhere"],
  async handle(call) {
    const { name } = await enter(call, "verify");
    return json(verificationOnWire(call.doors.verifications.find(name, call.params.id)));
  },
});

export const verifyRoutes: readonly Route[] = [startVerification, readVerification];
