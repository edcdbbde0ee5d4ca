import { expect, onTestFinished, test, vi } from "vitest";
import { EngineProcess } from "./engine/engine.ts";
import { expressionJdm } from "./testing/jdm.ts";
import {
  ann,
  approved,
  BOOK,
  bob,
  join,
  live,
  nodeOn,
  person,
  prices,
  refusal,
  rulesNode,
} from "./testing/nodes.ts";

const NAME = "price";

test("P8: a version is made, tested, approved by a second person and goes live, and all of it is told", async () => {
  const { rules } = await rulesNode();
  const made = await rules.import(BOOK, { name: NAME, note: "first prices", ...prices(900) }, ann);
  expect(made).toMatchObject({ version: 1, state: "draft", madeBy: "ann", note: "first prices" });
  expect((await refusal(rules.decide(BOOK, NAME, { tier: "gold" }))).code).toBe("rules.none_live");
  const tested = await rules.test(BOOK, NAME, 1, ann);
  expect(tested).toMatchObject({ state: "tested", report: { count: 1, passed: 1, failures: [] } });
  const agreed = await rules.approve(BOOK, NAME, 1, { by: bob, why: "as agreed" });
  expect(agreed).toMatchObject({ state: "approved", approvedBy: "bob" });
  const shown = await rules.makeLive(BOOK, NAME, 1, { by: ann });
  expect(shown.state).toBe("live");
  const decision = await rules.decide(BOOK, NAME, { tier: "gold" });
  expect(decision).toMatchObject({ output: { priceMinor: 900 }, version: 1, hash: made.hash });
  const { items } = await rules.events(BOOK, NAME);
  expect(items.map(({ what, by, why }) => [what, by, why])).toEqual([
    ["live", "ann", undefined],
    ["approved", "bob", "as agreed"],
    ["tested", "ann", undefined],
    ["imported", "ann", "first prices"],
  ]);
  expect(items[0]).toMatchObject({ from: "192.0.2.7", request: "trace-1", byKind: "person" });
});

test("who made a version can't approve it, nor can a service, under whatever key", async () => {
  const { rules } = await rulesNode();
  await rules.import(BOOK, { name: NAME, ...prices(900) }, ann);
  await rules.test(BOOK, NAME, 1, ann);
  const pipeline = { ...bob, owner: "ci", kind: "service" as const };
  for (const by of [ann, { ...ann, from: "elsewhere" }, pipeline]) {
    const refused = await refusal(rules.approve(BOOK, NAME, 1, { by }));
    expect(refused.code).toBe("rules.second_person_needed");
  }
  expect((await rules.findVersion(BOOK, NAME, 1)).state).toBe("tested");
});

test("what isn't approved can't go live, and a state is left only for one that may follow", async () => {
  const { rules } = await rulesNode();
  const reason = { by: bob };
  await rules.import(BOOK, { name: NAME, ...prices(900) }, ann);
  const refused = async (work: Promise<unknown>) => (await refusal(work)).code;
  expect(await refused(rules.approve(BOOK, NAME, 1, reason))).toBe("rules.transition_refused");
  expect(await refused(rules.makeLive(BOOK, NAME, 1, reason))).toBe("rules.transition_refused");
  await rules.test(BOOK, NAME, 1, ann);
  expect(await refused(rules.makeLive(BOOK, NAME, 1, reason))).toBe("rules.transition_refused");
  await rules.approve(BOOK, NAME, 1, reason);
  expect(await refused(rules.test(BOOK, NAME, 1, ann))).toBe("rules.transition_refused");
  await rules.withdraw(BOOK, NAME, 1, reason);
  expect(await refused(rules.makeLive(BOOK, NAME, 1, reason))).toBe("rules.transition_refused");
  expect(await refused(rules.makeLive(BOOK, NAME, 2, reason))).toBe("rules.version_missing");
  expect(await refused(rules.rollBack(BOOK, NAME, { ...reason, from: 1 }))).toBe(
    "rules.nothing_to_roll_back",
  );
  expect(await refused(rules.test(BOOK, "nothing", 1, ann))).toBe("rules.version_missing");
});

test("a version whose tests fail stays a draft, and its report says what came instead", async () => {
  const { rules } = await rulesNode();
  const { jdm } = prices(900);
  const tests = [
    { name: "gold", input: { tier: "gold" }, output: { priceMinor: 901 } },
    { name: "others", input: { tier: "none" }, output: { priceMinor: 1_000 } },
  ];
  await rules.import(BOOK, { name: NAME, jdm, tests }, ann);
  const refused = await refusal(rules.test(BOOK, NAME, 1, ann));
  expect(refused.code).toBe("rules.tests_failed");
  const { state, report } = await rules.findVersion(BOOK, NAME, 1);
  expect(state).toBe("draft");
  const failures = [{ name: "gold", output: { priceMinor: 900 } }];
  expect(report).toEqual({ count: 2, passed: 1, failures });
  await rules.import(BOOK, { name: NAME, jdm }, ann);
  expect((await refusal(rules.test(BOOK, NAME, 2, ann))).code).toBe("rules.tests_missing");
});

test("a tested version whose tests fail when they are run again is a draft, which nobody can approve", async () => {
  const { rules, opened } = await rulesNode();
  const tests = [{ name: "sum", input: { n: 1 }, output: { x: 2 } }];
  const jdm = JSON.stringify(expressionJdm({ x: "n + 1" }));
  await rules.import(BOOK, { name: NAME, jdm, tests }, ann);
  await rules.test(BOOK, NAME, 1, ann);
  // On a slower machine the same tests fail.
  const slow = await nodeOn(opened.database);
  const late = vi.spyOn(EngineProcess.prototype, "ask").mockResolvedValue({ kind: "late" });
  onTestFinished(() => late.mockRestore());
  expect((await refusal(slow.rules.test(BOOK, NAME, 1, ann))).code).toBe("rules.tests_failed");
  late.mockRestore();
  const { state, report } = await rules.findVersion(BOOK, NAME, 1);
  expect([state, report?.passed]).toEqual(["draft", 0]);
  const unapproved = await refusal(rules.approve(BOOK, NAME, 1, { by: bob }));
  expect(unapproved.code).toBe("rules.transition_refused");
  expect((await rules.test(BOOK, NAME, 1, ann)).state).toBe("tested");
});

test("a rollback makes the version before live at once, and a second one the version after", async () => {
  const { rules } = await rulesNode();
  await live(rules, NAME, prices(900));
  await live(rules, NAME, prices(800));
  const priced = async () => (await rules.decide(BOOK, NAME, { tier: "gold" })).output;
  expect(await priced()).toEqual({ priceMinor: 800 });
  const back = await rules.rollBack(BOOK, NAME, { by: ann, why: "too cheap", from: 2 });
  expect(back).toMatchObject({ version: 1, state: "live" });
  expect(await priced()).toEqual({ priceMinor: 900 });
  expect((await rules.findVersion(BOOK, NAME, 2)).state).toBe("superseded");
  await rules.rollBack(BOOK, NAME, { by: ann, version: 2 });
  expect(await priced()).toEqual({ priceMinor: 800 });
  const { items } = await rules.events(BOOK, NAME, { limit: 2 });
  expect(items.map(({ what, version, liveBefore }) => [what, version, liveBefore])).toEqual([
    ["rolled_back", 2, 1],
    ["rolled_back", 1, 2],
  ]);
});

test("P2: a rollback that is sent again goes no further back, and none leads to what was rolled back from", async () => {
  const { rules } = await rulesNode();
  for (const gold of [900, 800, 700]) await live(rules, NAME, prices(gold));
  const back = async (from?: number) =>
    (await rules.rollBack(BOOK, NAME, { by: ann, from })).version;
  const unnamed = await refusal(back());
  expect(unnamed).toMatchObject({ code: "rules.rollback_unnamed", details: { live: 3 } });
  const atOnce = await Promise.all(Array.from({ length: 12 }, async () => back(3)));
  expect(atOnce).toEqual(atOnce.map(() => 2));
  expect(await back(3)).toBe(2);
  expect((await refusal(back(1))).code).toBe("rules.not_live");
  expect(await back(2)).toBe(1);
  expect((await refusal(back(3))).code).toBe("rules.not_live");
  expect((await refusal(back(1))).code).toBe("rules.nothing_to_roll_back");
  await rules.rollBack(BOOK, NAME, { by: ann, version: 2 });
  await rules.withdraw(BOOK, NAME, 2, { by: ann });
  expect([await back(2), await back(2)]).toEqual([1, 1]);
  expect((await refusal(back(0.5))).code).toBe("rules.field_malformed");
});

test("a rollback after one before it leads past what was rolled back from, unless that was put live again", async () => {
  const { rules } = await rulesNode();
  const next = (gold: number) => live(rules, NAME, prices(gold));
  const back = async (to: { readonly from?: number; readonly version?: number }) =>
    (await rules.rollBack(BOOK, NAME, { by: ann, ...to })).version;
  await next(900);
  await next(90);
  expect(await back({ from: 2 })).toBe(1);
  await next(80);
  expect(await back({ from: 3 })).toBe(1);
  await back({ version: 2 });
  await next(70);
  expect(await back({ from: 4 })).toBe(2);
  expect(await back({ from: 2 })).toBe(1);
});

test("a rollback to a version far back leads past all that went live since", async () => {
  const { rules } = await rulesNode();
  for (const gold of [900, 90, 80]) await live(rules, NAME, prices(gold));
  await rules.rollBack(BOOK, NAME, { by: ann, version: 1 });
  await live(rules, NAME, prices(950));
  const back = await rules.rollBack(BOOK, NAME, { by: ann, from: 4 });
  expect(back.version).toBe(1);
});

test("P2: the same content imported again is the version that it is already, also by many at once", async () => {
  const { rules, opened } = await rulesNode();
  const other = await join(opened);
  const asked = { name: NAME, ...prices(900) };
  const all = await Promise.all(
    [rules, other.rules, rules, other.rules].map((one) => one.import(BOOK, asked, ann)),
  );
  expect(all.map(({ version }) => version)).toEqual([1, 1, 1, 1]);
  const next = await rules.import(BOOK, { name: NAME, ...prices(901) }, ann);
  expect(next.version).toBe(2);
  expect((await rules.import(BOOK, asked, bob)).version).toBe(1);
  const { items } = await rules.versions(BOOK, NAME);
  expect(items.map(({ version }) => version)).toEqual([2, 1]);
});

test("of versions that many people make live at once one is live, and each is told", async () => {
  const { rules, opened } = await rulesNode();
  const other = await join(opened);
  for (const price of [900, 901, 902, 903]) await approved(rules, NAME, prices(price));
  await Promise.all(
    [1, 2, 3, 4].map((version) =>
      (version % 2 === 0 ? rules : other.rules).makeLive(BOOK, NAME, version, { by: ann }),
    ),
  );
  const { items } = await rules.versions(BOOK, NAME);
  expect(items.map(({ state }) => state).sort()).toEqual([
    "live",
    "superseded",
    "superseded",
    "superseded",
  ]);
  const { liveVersion } = await rules.find(BOOK, NAME);
  expect(items.find(({ state }) => state === "live")?.version).toBe(liveVersion);
  const told = await rules.events(BOOK, NAME);
  expect(told.items.filter(({ what }) => what === "live").length).toBe(4);
});

test("what another node makes live, holds here once what was believed is old", async () => {
  const { rules, opened } = await rulesNode();
  await live(rules, NAME, prices(900));
  const other = await join(opened);
  expect((await other.rules.decide(BOOK, NAME, { tier: "gold" })).version).toBe(1);
  await live(rules, NAME, prices(800));
  expect((await rules.decide(BOOK, NAME, { tier: "gold" })).version).toBe(2);
  await expect
    .poll(async () => (await other.rules.decide(BOOK, NAME, { tier: "gold" })).version)
    .toBe(2);
});

test("a withdrawn live version leaves none live, and decides no more", async () => {
  const { rules } = await rulesNode();
  await live(rules, NAME, prices(900));
  await rules.withdraw(BOOK, NAME, 1, { by: ann, why: "sold" });
  expect((await refusal(rules.decide(BOOK, NAME, {}))).code).toBe("rules.none_live");
  expect((await rules.find(BOOK, NAME)).liveVersion).toBeUndefined();
  expect((await rules.withdraw(BOOK, NAME, 1, { by: ann })).state).toBe("withdrawn");
});

test("what is imported is exported byte for byte, whatever its spaces and order", async () => {
  const { rules } = await rulesNode();
  const { jdm, tests } = prices(900);
  const spaced = `\n${JSON.stringify(JSON.parse(String(jdm)), null, 3)}\r\n  `;
  await rules.import(BOOK, { name: NAME, jdm: spaced, tests }, ann);
  const exported = await rules.export(BOOK, NAME, 1);
  expect(exported.jdm.toString("utf8")).toBe(spaced);
  expect(exported.tests).toEqual(tests);
});

test("books don't see each other's rules", async () => {
  const { rules } = await rulesNode();
  await live(rules, NAME, prices(900));
  expect((await refusal(rules.decide("other", NAME, { tier: "gold" }))).code).toBe(
    "rules.set_missing",
  );
  expect((await rules.list("other")).items).toEqual([]);
  const decision = await rules.decide(BOOK, NAME, { tier: "gold" }, { log: "durable" });
  const elsewhere = refusal(rules.decision("other", decision.decisionId));
  expect((await elsewhere).code).toBe("rules.decision_missing");
});

test("lists go on behind their cursors, and refuse others' and odd lengths", async () => {
  const { rules } = await rulesNode();
  for (const name of ["b", "a", "c"]) await rules.import(BOOK, { name, ...prices(900) }, ann);
  const first = await rules.list(BOOK, { limit: 2 });
  expect(first.items.map(({ name }) => name)).toEqual(["a", "b"]);
  const second = await rules.list(BOOK, { limit: 2, cursor: first.cursor });
  expect(second.items.map(({ name }) => name)).toEqual(["c"]);
  expect(second.cursor).toBeUndefined();
  for (const limit of [0, 1.5, 1_001]) {
    expect((await refusal(rules.list(BOOK, { limit }))).code).toBe("rules.limit_out_of_range");
  }
  for (const cursor of ["", "!", "a".repeat(300)]) {
    expect((await refusal(rules.events(BOOK, "a", { cursor }))).code).toBe(
      "rules.cursor_malformed",
    );
  }
});

test.each([
  ["name", { name: "no name" }],
  ["note", { note: "two\nlines" }],
  ["jdm", { jdm: 5 as unknown as string }],
  ["jdm", { jdm: "\ud800" }],
])("a malformed %s is refused by name: %j", async (field, change) => {
  const { rules } = await rulesNode();
  const asked = { name: NAME, ...prices(900), ...change };
  const refused = await refusal(rules.import(BOOK, asked, ann));
  expect(refused).toMatchObject({ code: "rules.field_malformed", details: { field } });
  const nobody = await refusal(rules.import(BOOK, { name: NAME, ...prices(900) }, person("")));
  expect(nobody).toMatchObject({ code: "rules.field_malformed", details: { field: "owner" } });
});
