/**
 * Health and metrics at a port of their own. Node takes in one new connection of a listener a turn, in the
 * order in which they came: a probe behind thousands of others waits for all of them. Here it waits for
 * nobody, and metrics need not be where the world is.
 */
import { createServer, type IncomingMessage } from "node:http";
import type { HttpServer } from "../http/index.ts";
import type { HouseConfig } from "./house.ts";
import { listen, SERVER_OPTIONS, urlOf } from "./status/listen.ts";
import { reply } from "./status/reply.ts";
import { toApi } from "./status/to-api.ts";

export interface HealthDoor {
  readonly url: string;
  /** From now on the API answers; before, it is alive and not ready. */
  open(api: HttpServer): void;
  close(): Promise<void>;
}

const PATHS = /^\/(health\/(live|ready)|metrics)(\?|$)/;

/** Undefined where no port is set. Refuses: cli.port_taken, cli.host_unusable. */
export async function startHealthDoor({
  host,
  healthPort,
}: Pick<HouseConfig, "host" | "healthPort">): Promise<HealthDoor | undefined> {
  if (healthPort === undefined) return undefined;
  let api: ReturnType<HttpServer["join"]> | undefined;
  const server = createServer(SERVER_OPTIONS, (request, response) => {
    if (isServed(request)) void toApi(request, response, api);
    else reply(response, 404, "text/plain; charset=utf-8", "health and metrics only\n");
  });
  const port = await listen(server, host, healthPort, 1);
  return {
    url: urlOf(host, port),
    open: (http) => (api = http.join(server)),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function isServed({ method, url = "" }: IncomingMessage): boolean {
  return (method === "GET" || method === "HEAD") && PATHS.test(url);
}
