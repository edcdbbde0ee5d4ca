/** What a request is judged by before its body is read. */
import type { FastifyRequest } from "fastify";
import { DEADLINE_HEADER, takeDeadline } from "./deadline.ts";
import { demandAtDoor } from "./gate.ts";
import type { Doors, Route } from "./route.ts";

/**
 * Takes the caller's key and deadline, and refuses by them, the path and the query whatever needs no
 * body to be refused: nobody sends 16 MiB to be told that he may not.
 */
export async function checkHead(
  { access }: Doors,
  route: Route,
  request: FastifyRequest,
): Promise<void> {
  const { asked, headers } = request;
  const token = tokenOf(request);
  if (route.needs !== undefined || (route.takesKey === true && token !== undefined)) {
    if (route.needs !== undefined) takeDeadline(asked, headers[DEADLINE_HEADER]);
    asked.principal = await access.check(token);
  }
  const { book } = route.takeParams(request.params) as { readonly book?: string };
  if (asked.principal !== undefined) demandAtDoor(route, asked.principal, book);
  route.takeQuery(request.query);
}

/**
 * Whoever waits is not told what comes after their key was revoked, or has run out.
 * Refuses: access.key_missing, access.key_unknown.
 */
export async function checkKeyAgain({ access }: Doors, request: FastifyRequest): Promise<void> {
  request.asked.principal = await access.check(tokenOf(request));
}

/** `Bearer`, in any case; what follows is for the room access to judge. */
const BEARER = /^bearer +(.+)$/i;

function tokenOf({ headers }: FastifyRequest): string | undefined {
  const { authorization } = headers;
  if (authorization === undefined) return undefined;
  return BEARER.exec(authorization)?.[1] ?? "";
}
