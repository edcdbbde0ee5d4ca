/** `/sign-in` of the page: the form, and what is sent with it. */
import type { IncomingMessage, ServerResponse } from "node:http";
import { EVERY_BOOK, type PageGate, type SignIn } from "./page-gate.ts";
import { renderSignIn } from "./render-sign-in.ts";
import { reply, replyHtml } from "./reply.ts";
import { languageOf } from "./words.ts";

const FORM_MAX_BYTES = 4_096;
const FORM_TYPE = /^application\/x-www-form-urlencoded(;|$)/i;

export async function answerSignIn(
  gate: PageGate,
  request: IncomingMessage,
  response: ServerResponse,
  { searchParams: query }: URL,
): Promise<void> {
  const language = languageOf(query.get("lang"), request.headers["accept-language"]);
  const { book, isOpenHere } = gate;
  if (request.method !== "POST") {
    const code = query.get("code") ?? undefined;
    return replyHtml(response, 200, renderSignIn({ language, book, isOpenHere, code }));
  }
  const shown = await formOf(request);
  if (shown === undefined) {
    return reply(response, 400, "text/plain; charset=utf-8", "no form of ours\n", {
      connection: "close",
    });
  }
  const answer = await gate.signIn(request, shown);
  if (answer.ok) {
    return reply(response, 303, "text/plain; charset=utf-8", "come in\n", {
      location: `/?lang=${language}`,
      "set-cookie": answer.cookie,
    });
  }
  const html = renderSignIn({ language, book, isOpenHere, problem: answer.why });
  replyHtml(response, answer.why === "wrong" ? 401 : 503, html);
}

/** Who has not signed in: people get the form, programs a line. */
export function answerStranger(
  { book, isOpenHere }: PageGate,
  request: IncomingMessage,
  response: ServerResponse,
  url: URL,
): void {
  if (url.pathname === "/report.json") {
    const what = book === EVERY_BOOK ? "every book" : `the book ${book}`;
    const line = `send Authorization: Bearer KEY, of a key that may read ${what}\n`;
    return reply(response, 401, "text/plain; charset=utf-8", line, {
      "www-authenticate": "Bearer",
    });
  }
  const { searchParams: query } = url;
  const language = languageOf(query.get("lang"), request.headers["accept-language"]);
  replyHtml(response, 401, renderSignIn({ language, book, isOpenHere }));
}

/** Undefined: it is none, too large, or its sender is gone. */
async function formOf(request: IncomingMessage): Promise<SignIn | undefined> {
  const { "content-type": type = "", "content-length": length } = request.headers;
  if (!FORM_TYPE.test(type) || !(Number(length) <= FORM_MAX_BYTES)) return undefined;
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  } catch (error) {
    if (request.complete) throw error;
    return undefined;
  }
  const form = new URLSearchParams(Buffer.concat(chunks).toString("utf8"));
  return { code: form.get("code") ?? undefined, key: form.get("key")?.trim() };
}
