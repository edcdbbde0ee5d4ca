/** Reading what is asked: a bad command is told by name and never ends in a TypeError. */
import { hash } from "node:crypto";
import { fail, SALE_MAX } from "../base/index.ts";
import { orderErrors } from "./order.errors.ts";

const KEY = /^[A-Za-z0-9][A-Za-z0-9._:@+-]{0,39}$/;
const REASON_MAX = 500;

export function malformed(field: string, problem: string): Error {
  return fail(orderErrors, "command_malformed", { field, problem });
}

export function checkCommand(command: unknown): void {
  if (typeof command !== "object" || command === null) throw malformed("the command", "no object");
}

export function checkKey(field: string, value: unknown): void {
  if (typeof value !== "string" || !KEY.test(value)) {
    throw malformed(field, "it takes 1 to 40 letters, digits and . _ : @ + -");
  }
}

export function checkText(field: string, value: unknown): void {
  if (typeof value !== "string" || value.length === 0 || value.length > REASON_MAX) {
    throw malformed(field, `it takes a text of 1 to ${REASON_MAX} characters`);
  }
  if (value.includes("\0") || !value.isWellFormed()) throw malformed(field, "it can't be stored");
}

export function checkReason(value: unknown): void {
  if (value !== undefined) checkText("reason", value);
}

export function checkAmount(field: string, value: unknown, least = 1n): void {
  if (typeof value !== "bigint") throw malformed(field, "it takes a bigint");
  if (value < least || value > SALE_MAX) {
    throw malformed(field, `it takes a whole number from ${least} to ${SALE_MAX}`);
  }
}

export function checkLine(field: string, value: unknown): void {
  if (typeof value !== "number" || !Number.isInteger(value) || value < 0) {
    throw malformed(field, "it takes the number of a line, from 0");
  }
}

const HASH_BYTES = 16;

/**
 * What was asked, in 16 bytes: SHA-256 over the JSON of a list, fields in a fixed order, amounts as
 * decimal strings. Equal commands have equal hashes, whatever order their fields were written in.
 */
export function bodyHash(fields: readonly unknown[]): Buffer {
  const text = JSON.stringify(fields, (_key, value: unknown) =>
    typeof value === "bigint" ? value.toString() : value,
  );
  return hash("sha256", text, "buffer").subarray(0, HASH_BYTES);
}
