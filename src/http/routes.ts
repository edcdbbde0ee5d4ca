/** The table of all routes: what Longmen is over HTTP. README.md shows it to people. */
import type { Route } from "./route.ts";
import { accountRoutes } from "./routes-accounts.ts";
import { bookRoutes } from "./routes-books.ts";
import { bulkRoutes } from "./routes-bulk.ts";
import { countRoutes } from "./routes-counts.ts";
import { creditRoutes } from "./routes-credit.ts";
import { tokenRoutes } from "./routes-tokens.ts";
import { decisionRoutes } from "./routes-decisions.ts";
import { forkRoutes } from "./routes-forks.ts";
import { historyRoutes } from "./routes-history.ts";
import { catalogRoutes } from "./routes-catalog.ts";
import { catalogFileRoutes } from "./routes-catalog-files.ts";
import { houseRoutes } from "./routes-house.ts";
import { keyRoutes } from "./routes-keys.ts";
import { leaseRoutes } from "./routes-leases.ts";
import { machineRoutes } from "./routes-machines.ts";
import { offeringRoutes } from "./routes-offerings.ts";
import { orderListRoutes } from "./routes-order-lists.ts";
import { orderRoutes } from "./routes-orders.ts";
import { provisioningRoutes } from "./routes-provisioning.ts";
import { putScheduleRoutes } from "./routes-put-schedules.ts";
import { quoteRoutes } from "./routes-quotes.ts";
import { ruleRoutes } from "./routes-rules.ts";
import { runRoutes } from "./routes-runs.ts";
import { scheduleRoutes } from "./routes-schedules.ts";
import { shopRoutes } from "./routes-shop.ts";
import { taskRoutes } from "./routes-tasks.ts";
import { transferRoutes } from "./routes-transfers.ts";
import { verifyRoutes } from "./routes-verify.ts";

export const routes: readonly Route[] = [
  ...bookRoutes,
  ...accountRoutes,
  ...transferRoutes,
  ...historyRoutes,
  ...verifyRoutes,
  ...shopRoutes,
  ...creditRoutes,
  ...tokenRoutes,
  ...orderListRoutes,
  ...orderRoutes,
  ...offeringRoutes,
  ...provisioningRoutes,
  ...runRoutes,
  ...forkRoutes,
  ...bulkRoutes,
  ...machineRoutes,
  ...taskRoutes,
  ...countRoutes,
  ...scheduleRoutes,
  ...putScheduleRoutes,
  ...leaseRoutes,
  ...catalogRoutes,
  ...catalogFileRoutes,
  ...quoteRoutes,
  ...ruleRoutes,
  ...decisionRoutes,
  ...keyRoutes,
  ...houseRoutes,
];
