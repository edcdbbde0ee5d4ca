/**
 * A buyer's form and our own checker are one judgement: for any product type, product and input, the input is
 * valid by the generated JSON Schema exactly if the checker finds no mistake. The schema is read by a
 * validator that is not ours.
 */
import fc from "fast-check";
import Schema from "typebox/schema";
import { expect, test } from "vitest";
import {
  type Attribute,
  buyMistakes,
  buyPageOf,
  type Constraint,
  type Product,
  readProductType,
  type Value,
} from "../../src/catalog/index.ts";

const label = { en: "x" };
const one = <T>(values: readonly T[]): fc.Arbitrary<T> => fc.constantFrom(...values);

/** Attributes with the values to try: good ones, and ones that are nearly so. */
interface Tried {
  readonly attribute: Attribute;
  readonly good: readonly Value[];
  readonly bad: readonly unknown[];
}

const role = one(["product", "variant", "buyer", "buyer", "buyer"] as const);
const base = fc.record({ role, required: fc.boolean(), label: fc.constant(label) });

const tried: readonly ((key: string) => fc.Arbitrary<Tried>)[] = [
  (key) =>
    base.map((own) => ({
      attribute: {
        ...own,
        key,
        kind: "choice",
        choices: ["a", "b", "c"].map((value) => ({ value, label })),
      },
      good: ["a", "b", "c"],
      bad: ["d", "", 1, null],
    })),
  (key) =>
    base.map((own) => ({
      attribute: { ...own, key, kind: "integer", min: -3, max: 12 },
      good: [-3, 0, 7, 12],
      bad: [-4, 13, 1.5, "7"],
    })),
  (key) =>
    base.map((own) => ({
      attribute: { ...own, key, kind: "decimal", scale: 2, min: "-1.50", max: "20.00" },
      good: ["-1.50", "-0.01", "0.00", "9.99", "20.00"],
      bad: ["-1.51", "20.01", "1.5", "01.00", "-0.00", 1.5, "1e1", ""],
    })),
  (key) =>
    base.map((own) => ({
      attribute: { ...own, key, kind: "date", min: "2024-02-01", max: "2025-03-31" },
      good: ["2024-02-01", "2024-02-29", "2025-03-31"],
      bad: ["2024-01-31", "2025-02-29", "2025-04-01", "2024-2-1", "tomorrow", 20240201],
    })),
  (key) =>
    base.map((own) => ({
      attribute: {
        ...own,
        key,
        kind: "text",
        minLength: 2,
        maxLength: 4,
        pattern: "[a-z中😀]+\\d?",
      },
      good: ["ab", "中中", "😀😀😀9"],
      bad: ["a", "abcde", "AB", "a\u0007", "9a", 7, "ab\n"],
    })),
  (key) =>
    base.map((own) => ({
      attribute: { ...own, key, kind: "boolean" },
      good: [true, false],
      bad: ["true", 0, null],
    })),
];

const KEYS = ["k0", "k1", "k2", "k3", "k4"];

const attributes = fc
  .tuple(...KEYS.map((key) => one(tried).chain((make) => make(key))))
  .map((list): readonly Tried[] => list);

function constraints(list: readonly Tried[]): fc.Arbitrary<Constraint> {
  const any = one(list);
  const condition = fc.tuple(any, fc.boolean()).chain(([{ attribute, good }, isGiven]) => {
    if (isGiven) return fc.constant({ attribute: attribute.key });
    return fc
      .uniqueArray(one(good), { minLength: 1, maxLength: 2 })
      .map((is) => ({ attribute: attribute.key, is }));
  });
  const conditions = (minLength: number) => fc.array(condition, { minLength, maxLength: 3 });
  const some = fc.uniqueArray(any, { minLength: 2, maxLength: 3 });
  const keysOf = (of: readonly Tried[]) => of.map(({ attribute }) => attribute.key);
  const ranged = list.filter(({ attribute }) =>
    ["integer", "decimal", "date"].includes(attribute.kind),
  );
  const regions = fc.option(fc.uniqueArray(one(["GB", "CN", "CN-31"]), { minLength: 1 }), {
    nil: undefined,
  });
  const kinds: fc.Arbitrary<Constraint>[] = [
    some.map((of) => ({ kind: "together", attributes: keysOf(of) })),
    conditions(2).map((of) => ({ kind: "exclude", conditions: of })),
    fc
      .tuple(conditions(1), some)
      .map(([when, of]) => ({ kind: "require", when, attributes: keysOf(of) })),
    some.chain((of) =>
      fc
        .array(fc.tuple(...of.map(({ good }) => one(good))), { minLength: 1, maxLength: 4 })
        .map((rows): Constraint => ({ kind: "combine", attributes: keysOf(of), rows })),
    ),
    fc
      .tuple(conditions(0), regions, regions)
      .filter(([, allow, deny]) => allow !== undefined || deny !== undefined)
      .map(([when, allow, deny]) => ({ kind: "region", when, allow, deny })),
  ];
  if (ranged.length > 0) {
    const bound = fc.tuple(conditions(1), one(ranged)).chain(([when, { attribute, good }]) =>
      fc.tuple(one(good), one(["min", "max"] as const)).map(([limit, side]): Constraint => {
        return { kind: "bound", when, attribute: attribute.key, [side]: limit };
      }),
    );
    kinds.push(bound);
  }
  return fc.oneof(...kinds);
}

function valuesFor(
  list: readonly Tried[],
  isWrong: boolean,
): fc.Arbitrary<Record<string, unknown>> {
  const cell = ({ attribute, good, bad }: Tried): fc.Arbitrary<readonly [string, unknown]> => {
    const values = isWrong
      ? fc.oneof({ weight: 5, arbitrary: one<unknown>(good) }, one(bad))
      : one(good);
    return values.map((value) => [attribute.key, value] as const);
  };
  return fc
    .tuple(...list.map((each) => fc.option(cell(each), { nil: undefined, freq: 3 })))
    .map((cells) => Object.fromEntries(cells.filter((each) => each !== undefined)));
}

const scenes = attributes.chain((list) => {
  const of = (wanted: string) => list.filter(({ attribute }) => attribute.role === wanted);
  const variants = fc
    .array(valuesFor(of("variant"), false), { minLength: 1, maxLength: 4 })
    .map((each) =>
      each.map((values, index) => ({ sku: `S${index}`, values: values as Record<string, Value> })),
    );
  const inputs = fc.array(
    fc.record(
      {
        sku: fc.oneof({ weight: 9, arbitrary: one(["S0", "S1", "S2", "S3"]) }, one(["", 1, null])),
        quantity: fc.oneof(
          { weight: 9, arbitrary: fc.integer({ min: 2, max: 9 }) },
          one([1, 10, 2.5, "2", -1]),
        ),
        region: one(["GB", "CN", "CN-31", "GB-ENG", "FR", "CN-3", "gb", null, 7]),
        attributes: fc.oneof(
          { weight: 9, arbitrary: valuesFor(of("buyer"), true) },
          one([null, [], { odd: 1 }]),
        ),
      },
      { requiredKeys: ["attributes"] },
    ),
    { minLength: 20, maxLength: 20 },
  );
  return fc.record({
    list: fc.constant(list),
    rules: fc.array(constraints(list), { maxLength: 4 }),
    values: valuesFor(of("product"), false),
    variants,
    inputs,
  });
});

test("an input is valid by the buy page's schema exactly if our checker finds no mistake", () => {
  let valid = 0;
  let invalid = 0;
  fc.assert(
    fc.property(scenes, ({ list, rules, values, variants, inputs }) => {
      const type = readProductType({
        name: label,
        attributes: list.map(({ attribute }) => attribute),
        constraints: rules,
      });
      const product: Product = {
        ...{
          name: label,
          type: "t",
          typeVersion: 1,
          values: values as Record<string, Value>,
          variants,
        },
        ...{ minQuantity: 2, maxQuantity: 9 },
      };
      const { schema } = buyPageOf(type, product, { code: "P", version: 1 });
      for (const input of inputs) {
        const isValid = buyMistakes(type, product, input).length === 0;
        if (isValid) valid += 1;
        else invalid += 1;
        const text = JSON.stringify({ input, schema });
        expect([Schema.Check(schema, input), text]).toEqual([isValid, text]);
      }
    }),
    { numRuns: 400 },
  );
  // A property of nothing but refusals would say little.
  expect(Math.min(valid, invalid)).toBeGreaterThan(100);
});

test("all mistakes are told at once, in English and Chinese", () => {
  const type = readProductType({
    name: label,
    attributes: [
      {
        key: "size",
        kind: "integer",
        min: 1,
        max: 9,
        label: { en: "Size", zh: "尺寸" },
        role: "buyer",
        required: true,
      },
      { key: "note", kind: "text", maxLength: 3, label: { en: "Note" }, role: "buyer" },
    ],
  });
  const product: Product = {
    ...{ name: label, type: "t", typeVersion: 1, values: {}, minQuantity: 1, maxQuantity: 5 },
    variants: [{ sku: "S", values: {} }],
  };
  const mistakes = buyMistakes(type, product, {
    sku: "S",
    quantity: 6,
    attributes: { note: "long", x: 1 },
  });
  expect(mistakes.map(({ at, code }) => [at, code])).toEqual([
    ["/quantity", "not_in_range"],
    ["/attributes/note", "wrong_length"],
    ["/attributes/x", "unknown"],
    ["/attributes/size", "missing"],
  ]);
  expect(mistakes.at(-1)?.message).toEqual({ en: "Size: required", zh: "尺寸：必填" });
});
