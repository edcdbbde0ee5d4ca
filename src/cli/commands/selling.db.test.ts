/** `longmen catalog` and `longmen rules`: on a database of their own, and on a node that runs. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { tableJdm } from "../../rules/testing.ts";
import { runWords } from "../testing/run-words.ts";
import { house } from "../testing/selling-house.ts";

async function files(
  contents: Readonly<Record<string, string | Uint8Array>>,
): Promise<(name: string) => string> {
  const dir = await mkdtemp(join(tmpdir(), "longmen-selling-"));
  onTestFinished(() => rm(dir, { recursive: true, force: true }));
  for (const [name, text] of Object.entries(contents)) await writeFile(join(dir, name), text);
  return (name) => join(dir, name);
}

const type = JSON.stringify({
  name: { en: "Cup", zh: "杯子" },
  attributes: [
    { key: "colour", kind: "text", label: { en: "Colour" }, role: "variant", maxLength: 9 },
  ],
});
const csv = [
  "code,type,name,state,sku,price,currency,attr.colour",
  "CUP,cup,Red cup,published,CUP-R,2.50,GBP/2,red",
  "MUG,cup,Mug,published,MUG-1,much,GBP/2,blue",
  "",
].join("\n");
const RFC_3339 = /^\d{4}-\d\d-\d\dT[\d:.]+Z$/;
const later = csv.replace("2.50", "2.75").replace(/MUG.*\n/, "");
const jdm = JSON.stringify(
  tableJdm({
    inputs: ["tier"],
    outputs: ["amount"],
    rows: [
      ['"gold"', "80"],
      ["", "100"],
    ],
  }),
);
const tests = JSON.stringify([{ name: "gold", input: { tier: "gold" }, output: { amount: 80 } }]);

test("a catalogue is made, imported with a report, searched and quoted, here and on a node alike", async () => {
  const { place, node, keyOf } = await house();
  const file = await files({
    "type.json": type,
    "cups.csv": csv,
    "bad.json": "{",
  });
  const here = (...words: string[]) => runWords(place, ["catalog", ...words]);
  expect(await here("open", "--with", '{"quoteTtlMs":60000}')).toMatchObject({
    ...{ code: 0, out: "quotes hold for 1 min; discounts by rule: none\n" },
  });
  const saved = await here("save", "type", "cup", file("type.json"));
  expect(saved).toMatchObject({
    code: 0,
    out: expect.stringMatching(/^type cup version 1, /) as string,
  });
  const url = await node();
  const far = { url, key: await keyOf("ann") };
  const there = (...words: string[]) => runWords(far, ["catalog", ...words]);
  // Opened again, it wipes nothing.
  const settings = "quotes hold for 1 min; discounts by rule: none\n";
  expect(await there("open")).toMatchObject({ code: 0, out: settings });
  expect(await here("settings")).toMatchObject({ code: 0, out: settings });
  const look = await there("import", file("cups.csv"), "--dry-run");
  expect(look.code).toBe(5);
  expect(look.out).toMatch(/2 rows would be imported: 1 products new.*\n  line 3, price: /);
  const done = await there("import", file("cups.csv"), "--json");
  expect(JSON.parse(done.out)).toMatchObject({ created: 1, failed: 1, written: true });
  expect((await there("list", "type")).out).toMatch(/cup +1 +\S+ \S+ +Cup/);
  expect((await here("list", "plan", "--limit", "1")).out).toMatch(/CUP-R +1 .* GBP\/2 flat/);
  expect(await here("list", "product")).toMatchObject({ code: 2 });
  expect((await here("search", "red", "cup")).out).toMatch(/CUP +published +Red cup +CUP-R/);
  const found = async (more: object) =>
    (await here("search", "--with", JSON.stringify(more))).out.includes("CUP-R");
  expect([await found({ type: "cup" }), await found({ code: "CUP-R" })]).toEqual([true, true]);
  expect(await found({ type: "plate" })).toBe(false);
  expect((await there("export")).out).toMatch(/^code,[\s\S]*CUP-R/);
  expect((await there("export", "--bom")).out).toMatch(/^\uFEFFcode,[\s\S]*CUP-R/);
  const quoted = await there("quote", "CUP-R=3", "--quote-key", "basket-1");
  expect(quoted.out).toContain("total 7.50 GBP/2");
  const again = await there("quote", "CUP-R=3", "--quote-key", "basket-1", "--json");
  const time = expect.stringMatching(RFC_3339) as string;
  expect(JSON.parse(again.out)).toMatchObject({
    ...{ status: "exists", quote: { total: "750", pricedAt: time, expiresAt: time } },
  });
  const refused = await there("quote", "CUP-R=-3");
  expect(refused).toMatchObject({ code: 3, out: expect.stringContaining("不能购买") as string });
  expect((await there("show", "product", "CUP")).out).toMatch(/1 \* +published/);
  expect((await there("withdraw", "CUP")).out).toContain("version 2, withdrawn");
  expect(await there("save", "type", "cup", file("bad.json"))).toMatchObject({ code: 2 });
  expect(await there("save", "shoe", "cup", file("type.json"))).toMatchObject({ code: 2 });
});

test("a file is imported whole or not at all, and for later; an export is of one type, a list as long as asked", async () => {
  const { node, keyOf } = await house();
  const file = await files({ "type.json": type, "cups.csv": csv, "later.csv": later });
  const far = { url: await node(), key: await keyOf("ann") };
  const there = (...words: string[]) => runWords(far, ["catalog", ...words]);
  await there("open");
  await there("save", "type", "cup", file("type.json"));
  const none = await there("import", file("cups.csv"), "--keep", "all");
  expect(none).toMatchObject({
    code: 5,
    out: expect.stringMatching(/price: .*\nnothing was imported: --keep all/) as string,
  });
  expect(await there("import", file("cups.csv"), "--keep", "some")).toMatchObject({ code: 2 });
  expect((await there("search")).out).toBe("none\n");
  await there("import", file("cups.csv"));
  const from = ["--from", "2040-01-01T00:00:00Z"];
  const planned = await there("import", file("later.csv"), "--keep", "all", ...from);
  expect(planned).toMatchObject({ code: 0, out: expect.stringContaining(", 1 changed") as string });
  expect((await there("list", "plan")).out).toMatch(/CUP-R +2 +2040-01-01 /);
  expect((await there("export", "cup")).out).toContain("CUP-R");
  expect((await there("export", "plate")).out).toMatch(/^code,[^\n]*\n$/);
  expect(await there("export", "cup", "plate")).toMatchObject({ code: 2 });
  // More than the API answers at once is asked for in pages.
  expect((await there("search", "--limit", "101")).out).toContain("CUP-R");
  expect((await there("list", "type", "--limit", "1001")).out).toContain("cup");
  for (const words of [
    ["buy-page", "PLATE"],
    ["show", "product", "PLATE"],
  ]) {
    const none = await there(...words);
    expect(none).toMatchObject({ code: 3, out: "" });
    expect(none.err).toContain("There is no product PLATE in retail.");
  }
  const stale = await there("withdraw", "CUP", "--expected", "7");
  expect(stale).toMatchObject({ code: 3 });
  expect(stale.err).toContain("(catalog.version_conflict");
  const time = expect.stringMatching(RFC_3339) as string;
  const shown = await there("show", "product", "CUP", "--json");
  expect(JSON.parse(shown.out)).toMatchObject({
    now: { effectiveFrom: time },
    versions: [{ effectiveFrom: time, madeAt: time }],
  });
});

test("a rule is imported, approved by a second person, asked and taken back", async () => {
  const { place, node, keyOf } = await house();
  const dear = jdm.replace("80", "90");
  const file = await files({ "price.json": jdm, "dear.json": dear, "tests.json": tests });
  const url = await node();
  const here = (...words: string[]) => runWords(place, ["rules", ...words]);
  const bobs = { url, key: await keyOf("bob") };
  const bob = (...words: string[]) => runWords(bobs, ["rules", ...words]);
  const imported = await here("import", "price", file("price.json"), "--tests", file("tests.json"));
  expect(imported).toMatchObject({ code: 0, out: "price version 1 is draft\n" });
  await here("import", "price", file("dear.json"), "--tests", file("tests.json"));
  expect(await here("test", "price", "2")).toMatchObject({ code: 3 });
  expect((await bob("show", "price", "2")).out).toContain('\n  fails: gold: {"amount":90}\n');
  expect((await here("test", "price", "1")).out).toContain("1 of 1 tests pass");
  const own = await here("approve", "price", "1");
  expect(own).toMatchObject({ code: 3 });
  expect(own.err).toContain("(rules.second_person_needed");
  expect((await bob("approve", "price", "1", "--why", "as agreed")).out).toContain("is approved");
  expect((await here("live", "price", "1")).out).toContain("is live");
  const said = await bob("decide", "price", "--input", '{"tier":"gold"}');
  expect(said.out).toMatch(/^\{"amount":80\}\n  by version 1 in \d+ µs, decision /);
  expect((await bob("export", "price", "1")).out.trimEnd()).toBe(jdm);
  const whole = await bob("export", "price", "1", "--json");
  expect(JSON.parse(whole.out)).toMatchObject({ jdm, tests: JSON.parse(tests) as unknown });
  expect((await bob("list")).out).toMatch(/price +1 +2 /);
  expect((await bob("show", "price")).out).toMatch(/1 +live +os\/.* +bob/);
  expect((await bob("shadow", "price", "1")).out).toContain(
    "of 1 decisions of version 1: 1 the same",
  );
  const events = await bob("events", "price");
  expect(events.out).toMatch(
    /version 1 made live by os\/.*\(person\)\n[^]*version 1 approved by bob \(person\)\n +as agreed\n +in request [^]*version 2 failed its tests, run by os[^]*imported by os\//,
  );
  expect(JSON.parse((await bob("events", "price", "--json")).out)).toMatchObject({
    events: [
      { what: "live", at: expect.stringMatching(RFC_3339) as string },
      ...[{ why: "as agreed" }, { what: "tested" }],
      ...[{ version: 2, what: "failed_tests" }, { what: "imported" }, { what: "imported" }],
    ],
  });
  expect((await bob("withdraw", "price", "1")).out).toContain("is withdrawn");
  expect(await bob("rollback", "price")).toMatchObject({ code: 2 });
  expect(await bob("rollback", "price", "--from", "1")).toMatchObject({ code: 3 });
});

/** Price 80 is live, 90 and 95 are drafts behind it. */
async function threePrices() {
  const { node, keyOf } = await house();
  const url = await node();
  const file = await files({
    "price.json": jdm,
    "tests.json": tests,
    "dearer.json": jdm.replace("80", "90"),
    "dearest.json": jdm.replace("80", "95"),
  });
  const [ann, bob] = [await keyOf("ann"), await keyOf("bob")];
  const as =
    (key: string) =>
    (...words: string[]) =>
      runWords({ url, key }, ["rules", ...words]);
  const rules = as(ann);
  await rules("import", "price", file("price.json"), "--tests", file("tests.json"));
  await rules("import", "price", file("dearer.json"));
  await rules("import", "price", file("dearest.json"));
  await rules("test", "price", "1");
  await as(bob)("approve", "price", "1");
  await rules("live", "price", "1");
  return rules;
}

test("what a rule decided is found by rule, by request and by id, and decided again by any version", async () => {
  const rules = await threePrices();
  const gold = ["--input", '{"tier":"gold"}'];
  expect((await rules("decide", "price", ...gold)).out).toMatch(
    /^\{"amount":80\}\n  by version 1 /,
  );
  const second = await rules("decide", "price", "2", ...gold, "--json");
  const { decisionId, version, traceId } = JSON.parse(second.out) as Record<string, string>;
  expect(version).toBe(2);
  expect(await rules("decide", "price", "9", ...gold)).toMatchObject({ code: 3 });
  expect((await rules("decide", "price", ...gold, "--whole")).out).toMatch(
    /decision \w+\n\{\n.*table/s,
  );
  const no9 = await rules("show", "price", "9");
  expect(no9).toMatchObject({ code: 3, out: "" });
  expect(no9.err).toContain("(rules.version_missing)");
  const log = await rules("log", "price");
  expect(log.out).toMatch(
    /price v2, \d+ µs\n +\{"tier":"gold"\} → \{"amount":90\}\n[^]*price v1.*\n.*80\}\n$/,
  );
  expect(log.out).toContain(decisionId);
  const found = await rules("decision", decisionId ?? "");
  expect(found.out).toMatch(
    /^price version 2, .*\n  asked     \{"tier":"gold"\}\n  said      \{"amount":90\}/,
  );
  expect(found.out).toContain(`trace     ${traceId}`);
  const none = await rules("decision", "0".repeat(26));
  expect(none).toMatchObject({ code: 3, out: "" });
  expect(none.err).toContain("(rules.decision_missing)");
  const ofRequest = await rules("trace", traceId ?? "", "--json");
  expect(JSON.parse(ofRequest.out)).toMatchObject({
    decisions: [{ decisionId, version: 2, at: expect.stringMatching(RFC_3339) as string }],
  });
  expect((await rules("trace", "nobody's")).out).toBe("none\n");
  // Of the live version's decisions when nobody says whose.
  expect((await rules("shadow", "price", "3")).out).toMatch(
    /^of 2 decisions of version 1: .*\n.*80 → 95/,
  );
  const of = await rules("shadow", "price", "3", "--of", "2", "--last", "5");
  expect(of.out).toMatch(/^of 1 decisions of version 2: .*\n.*90 → 95/);
  expect(await rules("log", "price", "--of", "2")).toMatchObject({ code: 2 });
  // More than the API answers at once is asked for in pages.
  expect(await rules("events", "price", "--limit", "1001")).toMatchObject({ code: 0 });
  const last = await rules("events", "price", "--limit", "1");
  const after = /--after (\S+)/.exec(last.err)?.[1] ?? "";
  expect((await rules("events", "price", "--limit", "1", "--after", after)).out).toContain(
    "approved",
  );
});

test("a file that is no UTF-8 is refused: it would be imported as another", async () => {
  const { place } = await house();
  const utf8 = Buffer.from(jdm.replace("gold", "goldé"));
  const latin1 = Buffer.from(jdm.replace("gold", "goldé"), "latin1");
  const marked = Buffer.concat([Buffer.from("\ufeff"), utf8]);
  const file = await files({ utf8, latin1, marked, tests: Buffer.from('["é"]', "latin1") });
  const here = (...words: string[]) => runWords(place, ["rules", ...words]);
  const refused = await here("import", "price", file("latin1"));
  expect(refused).toMatchObject({ code: 2, out: "" });
  expect(refused.err).toContain(`the file ${file("latin1")} is no text in UTF-8`);
  expect((await here("import", "price", file("utf8"), "--tests", file("tests"))).code).toBe(2);
  expect((await here("list")).out).toContain("no rules");
  expect((await here("import", "price", file("marked"))).code).toBe(0);
  expect((await here("export", "price", "1")).out.trimEnd()).toBe(marked.toString("utf8"));
});
