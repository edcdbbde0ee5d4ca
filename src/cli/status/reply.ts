/** How everything of the page is answered: uncached, unframed, without a script. */
import type { ServerResponse } from "node:http";

const headers = {
  "cache-control": "no-store",
  "content-security-policy":
    "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
} as const;

export function reply(
  response: ServerResponse,
  code: number,
  type: string,
  body: string,
  more: Readonly<Record<string, string>> = {},
): void {
  response.writeHead(code, { ...headers, ...more, "content-type": type });
  response.end(body);
}

export function replyHtml(response: ServerResponse, code: number, html: string): void {
  reply(response, code, "text/html; charset=utf-8", html, { vary: "accept-language" });
}
