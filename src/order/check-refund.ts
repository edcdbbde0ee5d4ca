import {
  checkAmount,
  checkCommand,
  checkKey,
  checkLine,
  checkReason,
  malformed,
} from "./check-command.ts";
import type { RefundOrder } from "./order.ts";

/** Refuses: order.command_malformed. */
export function checkRefund(command: RefundOrder): void {
  checkCommand(command);
  checkKey("orderId", command.orderId);
  checkKey("refundId", command.refundId);
  checkReason(command.reason);
  if (command.goodwill !== undefined) checkAmount("goodwill", command.goodwill);
  const { lines, returnTokens } = command;
  if (returnTokens !== undefined && typeof returnTokens !== "boolean") {
    throw malformed("returnTokens", "it takes true or false");
  }
  if (lines === undefined) {
    if (command.goodwill === undefined) throw malformed("lines", "nothing is to go back");
    return;
  }
  if (!Array.isArray(lines) || lines.length === 0) throw malformed("lines", "it takes a list");
  const seen = new Set<string>();
  lines.forEach((each: unknown, index) => checkRefundLine(`lines[${index}]`, each, seen));
}

function checkRefundLine(field: string, each: unknown, seen: Set<string>): void {
  if (typeof each !== "object" || each === null) throw malformed(field, "no object");
  const line = each as Readonly<Record<string, unknown>>;
  checkLine(`${field}.line`, line["line"]);
  const goods = line["goods"];
  const place = `${String(line["line"])} ${String(goods)}`;
  if (seen.has(place)) throw malformed(field, "the line is there twice");
  seen.add(place);
  if (goods === undefined) return checkMoneyLine(field, line);
  if (goods !== "due" && goods !== "delivered") {
    throw malformed(`${field}.goods`, "it takes due or delivered");
  }
  checkAmount(`${field}.quantity`, line["quantity"]);
  if (line["amount"] !== undefined) {
    throw malformed(
      `${field}.amount`,
      "goods go back for their share; money alone is a line of its own",
    );
  }
  const restock = line["restock"];
  if (restock !== undefined && typeof restock !== "boolean") {
    throw malformed(`${field}.restock`, "it takes true or false");
  }
  if (goods === "due" && restock === false) {
    throw malformed(`${field}.restock`, "goods that are still due always go back on the shelf");
  }
}

/** Money of a line, its goods untouched. */
function checkMoneyLine(field: string, line: Readonly<Record<string, unknown>>): void {
  for (const other of ["quantity", "restock"]) {
    if (line[other] !== undefined)
      throw malformed(`${field}.${other}`, "it is said of goods alone");
  }
  checkAmount(`${field}.amount`, line["amount"]);
}
