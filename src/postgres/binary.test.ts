import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { arrayOf, timestamptzValue } from "./binary.ts";

const hex = (buffer: Buffer): string => buffer.toString("hex");
const int32 = (value: number): string => (value >>> 0).toString(16).padStart(8, "0");
const header = (oid: number, length: number, nulls = 0): string =>
  [1, nulls, oid, length, 1].map(int32).join("");

describe("array parameters, byte by byte", () => {
  test("an empty array has no dimension", () => {
    expect(hex(arrayOf.int8([]))).toBe([0, 0, 20].map(int32).join(""));
    expect(hex(arrayOf.text([]))).toBe([0, 0, 25].map(int32).join(""));
  });

  test("int8 is written whole at both ends of its range", () => {
    const bytes = hex(arrayOf.int8([1n, -(2n ** 63n), 2n ** 63n - 1n]));
    const ends = ["0000000000000001", "8000000000000000", "7fffffffffffffff"];
    expect(bytes).toBe(header(20, 3) + ends.map((end) => int32(8) + end).join(""));
  });

  test("int8 from numbers has the same bytes as from bigints", () => {
    fc.assert(
      fc.property(fc.array(fc.option(fc.maxSafeInteger())), (values) => {
        const big = values.map((value) => (value === null ? null : BigInt(value)));
        expect(hex(arrayOf.int8Number(values))).toBe(hex(arrayOf.int8(big)));
      }),
    );
  });

  test("nulls have no bytes and set the flag", () => {
    expect(hex(arrayOf.int4([null, 5]))).toBe(header(23, 2, 1) + int32(-1) + int32(4) + int32(5));
    expect(hex(arrayOf.text([null, "a"]))).toBe(header(25, 2, 1) + int32(-1) + int32(1) + "61");
    expect(hex(arrayOf.bytea([null]))).toBe(header(17, 1, 1) + int32(-1));
  });

  test("a text is the same whether its array goes the short way or the long one", () => {
    const ascii = fc.string({ maxLength: 127 });
    fc.assert(
      fc.property(fc.array(ascii, { minLength: 1 }), (texts) => {
        const alone = texts.map((text) => int32(text.length) + hex(Buffer.from(text, "latin1")));
        const short = hex(arrayOf.text(texts));
        const long = hex(arrayOf.text([...texts, "门".repeat(50)]));
        expect(short).toBe(header(25, texts.length) + alone.join(""));
        expect(long.startsWith(header(25, texts.length + 1) + alone.join(""))).toBe(true);
      }),
    );
  });

  test("an instant counts microseconds from the year 2000, exactly, also far from it", () => {
    expect(hex(timestamptzValue(946_684_800_001))).toBe("00000000000003e8");
    expect(hex(timestamptzValue(946_684_799_999))).toBe("fffffffffffffc18");
    const far = 253_402_300_799_999;
    const micros = timestamptzValue(far).readBigInt64BE();
    expect(micros).toBe(BigInt(far - 946_684_800_000) * 1000n);
  });
});

describe("what does not fit is a bug, not a wrong number", () => {
  test.each([2n ** 63n, -(2n ** 63n) - 1n])("%d is no int8", (value) => {
    expect(() => arrayOf.int8([value])).toThrow("does not fit int8");
  });

  test.each([2 ** 31, 1.5, Number.NaN])("%d is no int4", (value) => {
    expect(() => arrayOf.int4([value])).toThrow("does not fit int4");
  });

  test.each([32_768, 0.5])("%d is no int2", (value) => {
    expect(() => arrayOf.int2([value])).toThrow("does not fit int2");
  });

  test.each([2 ** 53, 0.1])("%d is no integer that a double holds exactly", (value) => {
    expect(() => arrayOf.int8Number([value])).toThrow("not a safe integer");
  });

  test("an instant is a whole number of milliseconds", () => {
    expect(() => arrayOf.timestamptz([0.5])).toThrow("not an instant");
  });
});
