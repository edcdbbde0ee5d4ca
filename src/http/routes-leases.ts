/** Leases: who holds what, and their end by an operator's word. They are of the house, not of a flow. */
import { demand } from "../access/index.ts";
import { writesLeases } from "./codes.ts";
import { leasesOf } from "./gate-runs.ts";
import { numberAsked, pageQuery } from "./page-asked.ts";
import { contextOf, json, principalOf, route, type Route } from "./route.ts";
import { BreakLeaseBody, Lease } from "./schemas-runs.ts";
import { pageOf, text } from "./schemas.ts";
import { taken } from "./taken.ts";
import { leaseOnWire } from "./wire-runs.ts";
import { Type } from "typebox";

const LIMIT_DEFAULT = 100;

const listLeases = route({
  method: "GET",
  group: "Leases",
  needs: "runs.read",
  path: "/v1/leases",
  name: "listLeases",
  summary: "Leases that are held, by key",
  description: "Needs runs.read@*.",
  query: {
    ...pageQuery,
    prefix: Type.Optional(text("Of keys that begin so.", "invoice/")),
  },
  answers: { 200: { description: "A page.", schema: pageOf("LeasePage", Lease) } },
  codes: ["access.not_permitted", "http.no_flows", "flow.lease_malformed"],
  async handle(call) {
    demand(principalOf(call), "runs.read", "*");
    const { prefix, cursor, limit } = call.query;
    const most = numberAsked(limit) ?? LIMIT_DEFAULT;
    const held = await leasesOf(call).list({ prefix, after: cursor, limit: most });
    const next = held.length < most ? undefined : held.at(-1)?.key;
    return json({ items: held.map(leaseOnWire), cursor: next });
  },
});

const breakLease = route({
  method: "POST",
  group: "Leases",
  needs: "runs.operate",
  path: "/v1/leases/break",
  name: "breakLease",
  summary: "End a lease by force",
  description:
    "What its holder does under it from now on is refused. Needs runs.operate@*. Who did it is recorded. Safe to repeat with the token: the next holder is left alone.",
  body: taken(BreakLeaseBody),
  answers: { 200: { description: "What was ended.", schema: Lease } },
  codes: [
    ...writesLeases,
    "http.no_flows",
    "flow.lease_malformed",
    "flow.lease_not_held",
    "flow.lease_in_use",
  ],
  example: { key: "invoice/42", reason: "its holder is stuck" },
  async handle(call) {
    demand(principalOf(call), "runs.operate", "*");
    const { key, token, reason } = call.body;
    const broken = await leasesOf(call).breakLease(key, {
      ...{ reason, by: contextOf(call, undefined).by ?? "" },
      token: token === undefined ? undefined : BigInt(token),
    });
    return json(leaseOnWire(broken));
  },
});

export const leaseRoutes: readonly Route[] = [listLeases, breakLease];
