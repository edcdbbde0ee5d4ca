/** The door over HTTP: Longmen's own API. README.md says what it promises. */
import { openApiDocument } from "./openapi.ts";
import { routes } from "./routes.ts";

export { answerStarting } from "./answer-starting.ts";
export { httpErrors, INTERNAL_CODE } from "./http.errors.ts";
export { BACKLOG, BATCH_MAX, HTTP_LIMITS, type HttpLimits } from "./limits.ts";
export type { OpenApiDocument, Operation, Parameter } from "./openapi.ts";
export { type HttpServer, openHttp, type OpenHttpOptions, SERVER_OPTIONS } from "./open-http.ts";

/** The document that GET /openapi.json answers, without a server. */
export function apiDocument(version: string) {
  return openApiDocument(routes, version);
}
