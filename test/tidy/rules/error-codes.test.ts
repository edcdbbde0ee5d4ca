import { expect, test } from "vitest";
import { describeFinding, treeOf } from "../tree.ts";
import { errorCodes } from "./error-codes.ts";

const table = 'export const ledgerErrors = defineErrors("ledger", { busy: {}, held: {} });';
const raising = 'export const raise = () => [fail(t, "busy"), fail(t, "held")];';
const page = "# Errors\n\n### `ledger.busy`\n\n### `ledger.held`\n";

function judge(files: Readonly<Record<string, string>>): readonly string[] {
  const tree = treeOf({
    "src/ledger/ledger.errors.ts": table,
    "src/ledger/raise.ts": raising,
    "docs/reference/errors.md": page,
    ...files,
  });
  return errorCodes(tree).map(describeFinding);
}

test("is content when table, page and code agree", () => {
  expect(judge({})).toEqual([]);
});

test("finds a code without documentation", () => {
  expect(judge({ "docs/reference/errors.md": "### `ledger.busy`\n" })).toEqual([
    expect.stringContaining("ledger.held is not in docs/reference/errors.md"),
  ]);
});

test("finds documentation without a code", () => {
  expect(judge({ "docs/reference/errors.md": `${page}\n### \`ledger.gone\`\n` })).toEqual([
    "docs/reference/errors.md:7  ledger.gone exists no more",
  ]);
});

test("finds a code that nothing raises", () => {
  expect(judge({ "src/ledger/raise.ts": 'fail(t, "busy");' })).toEqual([
    "src/ledger/ledger.errors.ts:1  nothing raises ledger.held",
  ]);
  const onlyInTest = { "src/ledger/raise.ts": 'fail(t, "busy");', "src/ledger/a.test.ts": raising };
  expect(judge(onlyInTest)).toHaveLength(1);
});

test.each([
  ["a docstring", "/** Pays.\n * Refuses: ledger.busy, ledger.gone. After commit: order.paid. */"],
  ["a docstring over two lines", "/** Refuses: ledger.busy,\n * ledger.gone */"],
  ["a comparison", 'if (error.code === "ledger.gone") retry();'],
  ["an expectation", 'expect(error).toMatchObject({ code: "ledger.gone" });'],
  ["a switch", 'switch (error.code) { case "ledger.gone": break; }'],
])("finds a code that exists nowhere in %s", (_, code) => {
  const found = judge({ "src/ledger/use.test.ts": `${code}\nexport {};` });
  expect(found).toEqual([expect.stringContaining("ledger.gone is declared in no *.errors.ts")]);
});

test("takes events and strangers' codes for what they are", () => {
  const code = '/** After commit: ledger.opened. */\nif (error.code === "08006") retry();';
  expect(judge({ "src/ledger/use.ts": `${code}\nexport {};` })).toEqual([]);
});

test("wants codes in *.errors.ts, in snake case, and once", () => {
  const found = judge({
    "src/ledger/other.errors.ts": 'defineErrors("ledger", { busy: {} }); export const a = "busy";',
    "src/ledger/stray.ts": 'defineErrors("ledger", { NotSnake: {} });',
  });
  expect(found).toContainEqual(expect.stringContaining("ledger.busy is declared in"));
  expect(found).toContainEqual(expect.stringContaining("belongs in a *.errors.ts"));
  expect(found).toContainEqual(expect.stringContaining("reasons are snake_case"));
});
