import { describe, expect, test } from "vitest";
import { noExceptions } from "../exceptions.ts";
import { treeOf } from "../tree.ts";
import { commits } from "./commits.ts";

function judge(path: string, code: string): readonly string[] {
  return commits(treeOf({ [path]: code }), noExceptions).map((finding) => finding.message);
}

const statement = (text: string) => `export const s = sql.named("order.x", {})\`${text}\`;`;

describe("refuses", () => {
  test.each([
    ["a transaction", "await database.transaction(async (tx) => tx.run(s, {}));"],
    ["a transaction that says it may write", "await db.transaction(fn, { readOnly: false });"],
    ["a begin", 'await client.query("begin");'],
    ["a commit with a comment", 'await client.query("/* end */ COMMIT");'],
    ["a rollback as a statement", statement("rollback to savepoint a")],
    ["an insert sent as text", 'await tx.query("insert into order_record values (1)");'],
    ["a truncate", 'await tx.query("truncate order_record");'],
    ["a statement that writes, run", `${statement("delete from ${t}")} await db.run(s, {});`],
  ])("%s outside the store", (_, code) => {
    expect(judge("src/order/pay-order.sql.ts", code)).toHaveLength(1);
    expect(judge("src/postgres/lane/flush.ts", code)).toEqual([]);
    expect(judge("src/order/pay-order.db.test.ts", code)).toEqual([]);
  });

  test.each([
    ["an insert", "insert into ${t} (id) values (${1})"],
    ["an update", "\n  update ${t} set state = 'paid' where id = ${1}"],
    ["an update of an alias", "update ${t} as a set state = 'paid'"],
    ["a delete behind a comment", "-- clean up\ndelete from ${t}"],
    ["an insert inside a with", "with a as (insert into ${t} values (1)) select 1"],
  ])("%s described outside a writer and outside *.sql.ts", (_, text) => {
    const found = judge("src/order/pay-order.ts", statement(text));
    expect(found).toEqual([expect.stringContaining("described")]);
    expect(judge("src/order/order.sql.ts", statement(text))).toEqual([]);
  });

  test("a statement that writes, run from another file", () => {
    const tree = treeOf({
      "src/order/order.sql.ts": statement("insert into ${t} values (1)").replace(
        "s =",
        "addLine =",
      ),
      "src/order/add.ts": 'import { addLine } from "./order.sql.ts";\nawait tx.one(addLine, {});',
      "src/order/flush.ts": "import * as all from './order.sql.ts';\nput(all.addLine, {});",
    });
    expect(commits(tree, noExceptions)).toEqual([
      expect.objectContaining({ path: "src/order/add.ts", line: 2 }),
    ]);
  });
});

describe("lets through", () => {
  test.each([
    ["a read", statement("select id from ${t} order by id for update skip locked")],
    ["a read of a with", statement("with a as (select 1) select * from a")],
    ["a transaction that only reads", "await db.transaction(fn, { readOnly: true });"],
    [
      "a writer's own text",
      "export const w = { label: 'order.insert', write: (q) => `insert into ${q('a')} select 1` };",
    ],
    [
      "a method of a writer",
      "export const w = { write(q) { return `update ${q('a')} set b = 1`; } };",
    ],
    ["words that are no statement", 'export const m = "update the row, then commit";'],
    ["a label", 'export const label = "commit";'],
  ])("%s", (_, code) => {
    expect(judge("src/order/pay-order.ts", code)).toEqual([]);
  });

  test("a listed file that must open a transaction", () => {
    const path = "src/ledger/transact.ts";
    const transactions = [{ path, reason: "the documented slow form" }];
    const tree = treeOf({ [path]: "await database.transaction(fn);" });
    expect(commits(tree, { ...noExceptions, transactions })).toEqual([]);
  });
});
