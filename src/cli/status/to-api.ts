/** Hands a request to the API, or says that it is not there yet. */
import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";

/** Loaded on use: the page is up long before there is an API, and most starts are never asked. */
export async function toApi(
  request: IncomingMessage,
  response: ServerResponse,
  api: RequestListener | undefined,
): Promise<void> {
  if (api !== undefined) return api(request, response);
  const { answerStarting } = await import("../../http/index.ts");
  answerStarting(request, response);
}
