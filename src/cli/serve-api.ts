/** The API of a command that serves: beside the page, or for the command's own client alone. */
import type { HttpServer } from "../http/index.ts";
import type { CommandContext } from "./command.ts";
import type { HealthDoor } from "./health-door.ts";
import type { OpenHouse } from "./open-house.ts";
import { operator } from "./operator.ts";
import type { HouseRuns } from "./runs/open-runs.ts";
import type { Selling } from "./selling/open-selling.ts";
import type { Status, StatusPage } from "./status/status-page.ts";
import { isLoopback } from "./status/loopback.ts";

export interface ServedApi {
  /** Where a client on this machine finds it. */
  readonly url: string;
  close(): Promise<void>;
}

const OWN_HOST = "127.0.0.1";

/** Without a page nobody else is to be served: at a free port of this machine. */
export async function serveApiAlone(
  context: CommandContext,
  house: OpenHouse,
  runs: HouseRuns,
  selling: Selling,
): Promise<ServedApi> {
  const api = await openApi(context, house, runs, selling);
  const { url } = await api.listen(OWN_HOST, 0);
  return { url, close: () => api.close() };
}

interface Beside {
  readonly runs: HouseRuns;
  readonly selling: Selling;
  readonly page: StatusPage;
  readonly health: HealthDoor | undefined;
  readonly status: Status;
}

/**
 * Serves the API beside the page. The first start of all makes the first key, and shows its token
 * this once: on standard error, since standard output may be kept in a file.
 */
export async function serveApiBeside(
  context: CommandContext,
  house: OpenHouse,
  { page, health, status, runs, selling }: Beside,
): Promise<ServedApi> {
  const { terminal } = context;
  const { access, config } = house;
  const api = await openApi(context, house, runs, selling);
  status.api = api.join(page.server);
  health?.open(api);
  if (!isLoopback(config.host)) {
    terminal.say(
      `warning: ${config.host} can be reached from elsewhere and Longmen speaks no TLS: keys travel readable. Put a proxy with TLS before it.`,
    );
  }
  const first = await access.ensureFirstKey(operator());
  terminal.say(`the API is at ${page.url}v1, its reference at ${page.url}reference`);
  if (first !== undefined) {
    terminal.say(`your key, shown this once; it may do everything: ${first.token}`);
  }
  return { url: page.ownUrl, close: () => api.close() };
}

async function openApi(
  { house }: CommandContext,
  { ledger, access, log, config }: OpenHouse,
  { flows, leases, schedules }: HouseRuns,
  selling: Selling,
): Promise<HttpServer> {
  // Loaded on use: commands that serve nothing don't pay for the server.
  const { openHttp } = await import("../http/index.ts");
  const { version } = house;
  const { trustProxy } = config;
  const node = house.nodeName(config);
  const doors = { ledger, access, flows, leases, schedules, selling };
  return openHttp({ ...doors, log, version, trustProxy, node });
}
