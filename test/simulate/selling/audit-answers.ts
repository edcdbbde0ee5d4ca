/** Holds every answer that a caller got against the others, and against the tables. */
import { type Act, type AskLog, isBusy, isOpen, isRefused, saysYes } from "./ask-log.ts";
import type { Finding, Row } from "./audit.ts";
import type { Deed } from "./selling-node.ts";
import { BOOK } from "./shop.ts";
import { toLine } from "./wire.ts";

type Ask = (text: string) => Promise<readonly Row[]>;

const rowsOf: Readonly<Record<Deed, string>> = {
  quote: `select quote_key as name from catalog_quote where book = '${BOOK}'`,
  place: "select order_id as name from placed",
  post: "select id as name from entry where kind = 'transfer'",
  pay: "select key as name from step where act = 'pay'",
  cancel: "select order_id as name from step where act = 'cancel'",
  fulfil: "select key as name from step where act = 'fulfil'",
  refund: "select key as name from step where act = 'refund'",
  close: "select order_id as name from step where act = 'close'",
  offer: "select offering_id as name from offering",
  bid: "select bid_id as name from bid",
  payout: "select payout_id as name from payout",
};

/** Behind `auditBy`, in its snapshot. */
export async function auditAnswers(ask: Ask, log: AskLog): Promise<Finding[]> {
  const findings: Finding[] = [];
  const find = (check: string, act: Act) => void findings.push({ check, about: textOf(act) });
  const there = new Map<Deed, ReadonlySet<string>>();
  for (const [deed, text] of Object.entries(rowsOf) as [Deed, string][]) {
    there.set(deed, new Set((await ask(text)).map(({ name }) => String(name))));
  }
  const known = await versionsOf(ask);
  const areBackRightly = await tokensOf(ask);
  for (const act of log.acts.values()) {
    const isThere = there.get(act.deed)?.has(act.key) === true;
    const wasDone = act.attempts.some(saysYes);
    if (wasDone && !isThere) find("what was acknowledged is there", act);
    if (isRefused(act) && isThere) find("what was refused is not there", act);
    if (wasDone && act.deed === "refund" && !areBackRightly(act)) {
      find("tokens go back where that was told, and nowhere else", act);
    }
    if (isOpen(act)) find("everybody has an answer at last", act);
    if (act.attempts.filter(({ said }) => isFirst(said?.status)).length > 1) {
      find("an act is done once", act);
    }
    if (changedItsMind(act)) find("what was done stays done for whoever asks again", act);
    for (const { said } of act.attempts) {
      if (said?.order === undefined) continue;
      const { id, version, state, paid, refunded } = said.order;
      const told = toLine([state, paid, refunded]);
      if (known.get(`${id} ${version}`) !== told) find("an answer tells how the order stood", act);
    }
  }
  return findings;
}

/** Tells of a refund whether it gave back tokens, where the order used any, as it was told to. */
async function tokensOf(ask: Ask): Promise<(act: Act) => boolean> {
  const names = async (text: string) => new Set((await ask(text)).map(({ name }) => String(name)));
  const used = await names("select order_id as name from token");
  const back = await names(`select act.key as name from act join posting using (chain)
    where act.act = 'refund' and posting.debit = 'shop/redeemed'`);
  return ({ key, command }) => {
    const { orderId, returnTokens } = command as { orderId: string; returnTokens?: boolean };
    return back.has(key) === (returnTokens === true && used.has(orderId));
  };
}

const isFirst = (status: string | undefined) => status === "done" || status === "created";

/** A yes, and then, to somebody who asked later, a no. */
function changedItsMind({ attempts }: Act): boolean {
  const yes = attempts.filter(saysYes).map(({ ended = Infinity }) => ended);
  const first = Math.min(...yes);
  return attempts.some(
    ({ begun, said }) => begun > first && said?.status === "refused" && !isBusy(said),
  );
}

async function versionsOf(ask: Ask): Promise<Map<string, string>> {
  const rows = await ask(`select order_id, version, state, paid::text, refunded::text from step
    union all select order_id, 1, 'placed', '0', '0' from placed`);
  return new Map(
    rows.map(({ order_id: id, version, state, paid, refunded }) => [
      `${String(id)} ${String(version)}`,
      toLine([state, BigInt(String(paid)), BigInt(String(refunded))]),
    ]),
  );
}

function textOf({ deed, key, command, attempts }: Act): string {
  const said = attempts.map(({ node, said: answer }) => `${node}: ${toLine(answer ?? null)}`);
  return `${deed} ${key} ${toLine(command)} → ${said.join(" | ")}`;
}
