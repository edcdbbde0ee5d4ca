import fc from "fast-check";
import { expect, test } from "vitest";
import { parseJson } from "./json.ts";

test("whatever JSON.stringify writes is read as JSON.parse reads it", () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 6 }), fc.constantFrom(0, 2), (value, space) => {
      const text = JSON.stringify(value, null, space);
      expect(parseJson(text)).toEqual(JSON.parse(text));
    }),
  );
});

test.each([
  ['{"a":1,"a":2}', "a"],
  ['{"x":[{"b":1},{"b":1,"c":{"d":1,"\\u0064":2}}]}', "d"],
  ['{"__proto__":1,"__proto__":2}', "__proto__"],
  ['{"a" : "x:y\\"", "b":{}, "a"\n:null}', "a"],
])("a key that comes twice is refused by its name: %s", (text, key) => {
  expect(() => parseJson(text)).toThrow(
    expect.objectContaining({ code: "http.body_key_repeated", details: { key } }),
  );
});

test("the same key in two objects is no repetition, nor is a colon in a string", () => {
  expect(parseJson('[{"a":"a:1,\\"a\\":2"},{"a":2}]')).toEqual([{ a: 'a:1,"a":2' }, { a: 2 }]);
});

test("32 levels are read and 33 are not", () => {
  const nested = (levels: number) => "[".repeat(levels) + "]".repeat(levels);
  expect(parseJson(nested(32))).toBeInstanceOf(Array);
  expect(() => parseJson(nested(33))).toThrow(
    expect.objectContaining({ code: "http.body_too_deep" }),
  );
  expect(() => parseJson("[".repeat(100_000))).toThrow(
    expect.objectContaining({ code: "http.body_too_deep" }),
  );
});

test.each(["", "{", '{"a":1', "nul", "[1,]", "{'a':1}", "\ufeff{}", "NaN", '"\u0001"', '{"a":1}}'])(
  "what is no JSON is refused, and not quoted: %j",
  (text) => {
    expect(() => parseJson(text)).toThrow(expect.objectContaining({ code: "http.body_not_json" }));
    const secret = `{"password":"hunter2" ${text}`;
    expect(() => parseJson(secret)).toThrow(
      expect.objectContaining({ message: expect.not.stringContaining("hunter2") as string }),
    );
  },
);
