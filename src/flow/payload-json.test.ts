import fc from "fast-check";
import { expect, test } from "vitest";
import { payloadFromJson, payloadToJson } from "./payload-json.ts";

test("what is shown can be sent back, and is what it was", () => {
  const values = [
    { amount: 12n, at: new Date(5), bytes: new Uint8Array([1, 2, 255]), nothing: undefined },
    [Number.NaN, -0, Number.POSITIVE_INFINITY, null, "龙门"],
    { $: "a field of a user's", v: 1n },
    { ["__proto__"]: 1 },
    undefined,
    null,
  ];
  for (const value of values) {
    const json: unknown = JSON.parse(JSON.stringify({ value: payloadToJson(value) }));
    expect(payloadFromJson("it", (json as { value?: unknown }).value)).toStrictEqual(value);
  }
});

test.each([
  [{ $: "bigint", v: "1.5" }],
  [{ $: "bigint" }],
  [{ $: "date", v: "yesterday" }],
  [{ $: "bytes", v: "?" }],
  [{ $: "number", v: "12" }],
  [{ $: "set", v: "" }],
  [{ $: "bigint", v: "1", more: true }],
  [{ $: "entries", v: [["a", { $: "set" }]] }],
  [{ $: "entries", v: [["a"]] }],
])("a tag that is none is refused with its place: %j", (json) => {
  expect(() => payloadFromJson("the input", { deep: [json] })).toThrow(
    expect.objectContaining({ code: "flow.payload_unfit" }),
  );
});

test("whatever JSON comes in is a value or refused", () => {
  fc.assert(
    fc.property(fc.jsonValue(), (json) => {
      try {
        payloadToJson(payloadFromJson("it", json));
      } catch (error) {
        expect(error).toMatchObject({ code: "flow.payload_unfit" });
      }
    }),
  );
});
