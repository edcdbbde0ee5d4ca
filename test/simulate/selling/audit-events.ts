/** The feed of what was done to orders tells each act once, in the order of the commits. */
import { openLedger } from "../../../src/ledger/index.ts";
import { openOrders } from "../../../src/order/index.ts";
import type { Database } from "../../../src/postgres/index.ts";
import { type Finding, inSnapshot } from "./audit.ts";
import { BOOK } from "./shop.ts";

const PAGE = 100;
const CHECK = "every act is told once, in the order of the commits";

export async function auditEvents(database: Database, schema: string): Promise<Finding[]> {
  const ledger = openLedger({ database, sweep: false });
  const book = await ledger.book(BOOK);
  const orders = openOrders({ database, quotes: { read: async () => undefined } });
  const told: string[] = [];
  const findings: Finding[] = [];
  let after: bigint | undefined;
  let last = 0;
  for (let more = true; more;) {
    const page = await orders.events(book, { after, limit: PAGE });
    for (const { order, version, act, state, seq } of page.events) {
      told.push(`${order} ${version} ${act} ${state}`);
      if (seq <= last) findings.push({ check: CHECK, about: `${order} at ${seq} behind ${last}` });
      last = seq;
    }
    after = page.cursor;
    more = page.more;
  }
  await ledger.close();
  const acts = await inSnapshot(database, schema, async (ask) => {
    const rows =
      await ask(`select order_id || ' ' || version || ' ' || act || ' ' || state as act from (
        select order_id, version, (array['place','pay','cancel','expire','fulfil','refund','close'])[act] as act,
          (array['placed','paid','fulfilling','fulfilled','refunded','cancelled','expired','closed'])[state] as state
        from order_step where book_id = ${book.id}
        union all select order_id, 1, 'place', 'placed' from order_order where book_id = ${book.id}) as acts`);
    return rows.map(({ act }) => String(act));
  });
  const seen = new Set(told);
  if (seen.size !== told.length) findings.push({ check: CHECK, about: "some are told twice" });
  const missing = acts.filter((act) => !seen.has(act));
  if (missing.length > 0 || acts.length !== seen.size) {
    findings.push({ check: CHECK, about: `${acts.length} acts, ${seen.size} told; ${missing[0]}` });
  }
  return findings;
}
