import { describe, expect, test } from "vitest";
import { arg, as } from "./columns.ts";
import { bindStatement, checkSchemaName, fn, sql, table } from "./sql.ts";

const due = sql.named("test.due", {
  params: { before: arg.timestamptz, limit: arg.int4 },
  columns: { id: as.int8 },
})`
  select id from ${table("thing")} where at < ${"before"} or at = ${"before"}
  and ${fn("fits")}(id) limit ${"limit"} offset ${7}`;

describe("a statement's text", () => {
  test("carries its name, its schema, one number per parameter and every cast", () => {
    expect(due.compile("longmen").text).toBe(
      `/* test.due */ select id from "longmen".thing where at < $1::timestamptz or at = $1::timestamptz
  and "longmen".fits(id) limit $2::int4 offset 7`,
    );
  });

  test("is prepared under its verb, and another schema is another statement", () => {
    const names = ["longmen", "other"].map((schema) => due.compile(schema).name);
    expect(names[0]).toMatch(/^test\.due:[0-9a-f]{8}$/);
    expect(names[1]).not.toBe(names[0]);
    expect(due.compile("longmen")).toBe(due.compile("longmen"));
  });

  test("takes shared parts", () => {
    const open = sql.part`state = 'open' and ${table("thing")}.n > ${-1}`;
    const text = sql.named("test.open", {})`select where ${open}`.compile("longmen").text;
    expect(text).toBe(`/* test.open */ select where state = 'open' and "longmen".thing.n > (-1)`);
  });

  test("has its values in the order of the declaration", () => {
    expect(bindStatement(due, "longmen", { limit: 3, before: 0 }).values).toEqual([
      Buffer.from("fffca2fec4c82000", "hex"),
      "3",
    ]);
  });
});

describe("what a statement refuses", () => {
  test("a parameter that is declared and not used", () => {
    const declare = () => sql.named("test.x", { params: { a: arg.int4 } })`select 1`;
    expect(declare).toThrow("does not use");
  });

  test("a parameter that is used and not declared", () => {
    const params: Record<string, typeof arg.int4> = {};
    expect(() => sql.named("test.x", { params })`select ${"a"}`).toThrow("no parameter");
  });

  test("a name that is not room.verb, or too long to be told apart", () => {
    expect(() => sql.named("select", {})`select 1`).toThrow("room.verb");
    expect(() => sql.named(`test.${"x".repeat(60)}`, {})`select 1`).toThrow("too long");
  });

  test("an identifier that needs quotes, and a constant that is no integer", () => {
    expect(() => table("order; drop")).toThrow("plain identifier");
    expect(() => sql.part`${0.5}`).toThrow("not an integer");
  });

  test("a value that is missing", () => {
    const values = { limit: 1 } as unknown as { limit: number; before: number };
    expect(() => due.encode(values)).toThrow("test.due needs a value for before");
  });

  test.each(["public", "pg_mine", "Longmen", "1st", "a-b", "", 'x"y', "x".repeat(49)])(
    "the schema name %j",
    (schema) => {
      expect(() => checkSchemaName(schema)).toThrow("not a usable schema name");
    },
  );
});
