/**
 * Reads the usual batch straight from its bytes: transfers of plain ASCII text, each field once. Of
 * anything else (another kind, an escape, a mistake of any sort) it answers undefined, and the body
 * goes the long way (json.ts, then wire-in.ts), which takes every kind and names every mistake. So
 * this file refuses nothing; a property holds it to the long way.
 *
 * What it saves is what is made only to be thrown away: a third of the time, and the objects. Text
 * that an item has in common with the one before it is the same string, which is found again faster.
 */
import type { PostedTransfer } from "../ledger/index.ts";
import { BATCH_MAX } from "./limits.ts";

const QUOTE = 34;
const COMMA = 44;
const COLON = 58;
const BACKSLASH = 92;
const OPEN_SQUARE = 91;
const CLOSE_SQUARE = 93;
const OPEN_CURLY = 123;
const CLOSE_CURLY = 125;
const SPACE = 32;
const TAB = 9;
const LINE_FEED = 10;
const CARRIAGE_RETURN = 13;
const LAST_PRINTABLE = 126;
const ZERO = 48;
const NINE = 57;

const names = ["id", "asset", "debit", "credit", "amount", "kind", "reference", "code", "rule"];
const ID = 0;
const ASSET = 1;
const DEBIT = 2;
const CREDIT = 3;
const AMOUNT = 4;
const KIND = 5;
const REFERENCE = 6;
const CODE = 7;
/** Of the batch, behind its items. */
const RULE = 8;
/** Bits of those that every transfer has: id, asset, debit, credit, amount. */
const NEEDED = 0b1_1111;
const NAMES = names.map((name) => Buffer.from(name));
const ITEMS = Buffer.from("items");
const RULE_NAME = Buffer.from("rule");
/** As schemas.ts has it. */
const AMOUNT_TEXT = /^(?:0|[1-9][0-9]{0,18})$/;
/** Whatever is longer is no code; how it is wrong, others say. */
const CODE_DIGITS_MAX = 10;

export interface BatchRead {
  readonly items: readonly PostedTransfer[];
  readonly rule: string | undefined;
}

/** Undefined: it is not the usual batch, or none at all. */
export function readBatch(bytes: Buffer): BatchRead | undefined {
  return new BatchReader(bytes).batch();
}

class BatchReader {
  private readonly bytes: Buffer;
  private at = 0;
  /** Of the item being read: bits of the fields that it has. */
  private has = 0;
  private code: number | undefined;
  /** The newest text of each field and where it stands: of the item being read, or of one before it. */
  private readonly texts: string[] = names.map(() => "");
  private readonly froms: number[] = names.map(() => 0);
  private amountText: string | undefined;
  private amount = 0n;

  constructor(bytes: Buffer) {
    this.bytes = bytes;
  }

  batch(): BatchRead | undefined {
    const items = this.items();
    if (items === undefined) return undefined;
    const hasRule = this.takes(COMMA);
    if (hasRule && !this.takesRule()) return undefined;
    if (!this.takes(CLOSE_CURLY) || !this.isAtEnd()) return undefined;
    return { items, rule: hasRule ? this.texts[RULE] : undefined };
  }

  private items(): PostedTransfer[] | undefined {
    if (!this.takes(OPEN_CURLY) || !this.takes(QUOTE) || !this.takesWord(ITEMS)) return undefined;
    if (!this.takes(COLON) || !this.takes(OPEN_SQUARE)) return undefined;
    const items: PostedTransfer[] = [];
    do {
      const item = this.item();
      if (item === undefined || items.push(item) > BATCH_MAX) return undefined;
    } while (this.takes(COMMA));
    return this.takes(CLOSE_SQUARE) ? items : undefined;
  }

  private takesRule(): boolean {
    if (!this.takes(QUOTE) || !this.takesWord(RULE_NAME)) return false;
    return this.takes(COLON) && this.takes(QUOTE) && this.takesText(RULE);
  }

  private item(): PostedTransfer | undefined {
    this.has = 0;
    this.code = undefined;
    if (!this.takes(OPEN_CURLY)) return undefined;
    do if (!this.member()) return undefined;
    while (this.takes(COMMA));
    if (!this.takes(CLOSE_CURLY) || (this.has & NEEDED) !== NEEDED) return undefined;
    const { texts } = this;
    return {
      kind: "transfer",
      id: texts[ID] ?? "",
      asset: texts[ASSET] ?? "",
      debit: texts[DEBIT] ?? "",
      credit: texts[CREDIT] ?? "",
      amount: this.amount,
      balancing: undefined,
      code: this.code,
      reference: (this.has & (1 << REFERENCE)) === 0 ? undefined : texts[REFERENCE],
      metadata: undefined,
      effectiveAt: undefined,
    };
  }

  private member(): boolean {
    if (!this.takes(QUOTE)) return false;
    const field = this.field();
    if (field < 0 || (this.has & (1 << field)) !== 0 || !this.takes(COLON)) return false;
    this.has |= 1 << field;
    if (field === CODE) return this.takesCode();
    if (!this.takes(QUOTE) || !this.takesText(field)) return false;
    if (field === AMOUNT) return this.takesAmount();
    return field !== KIND || this.texts[KIND] === "transfer";
  }

  /** Which field is named here, its closing quote included; -1: none of these. */
  private field(): number {
    const { bytes, at } = this;
    let field: number;
    switch (bytes[at]) {
      case 105: // i
        field = ID;
        break;
      case 97: // a
        field = bytes[at + 1] === 115 ? ASSET : AMOUNT;
        break;
      case 99: // c
        field = bytes[at + 1] === 114 ? CREDIT : CODE;
        break;
      case 100: // d
        field = DEBIT;
        break;
      case 107: // k
        field = KIND;
        break;
      default:
        field = REFERENCE;
    }
    const name = NAMES[field];
    return name !== undefined && this.takesWord(name) ? field : -1;
  }

  /** Keeps the text that begins here; where the item before has the same, its string. */
  private takesText(field: number): boolean {
    const { bytes, at: from, froms, texts } = this;
    const { length } = texts[field] ?? "";
    let end = from + length;
    if (bytes[end] !== QUOTE || !this.isAlike(froms[field] ?? 0, from, length)) {
      end = from;
      for (let char = bytes[end]; char !== QUOTE; char = bytes[++end]) {
        if (char === undefined || char < SPACE || char > LAST_PRINTABLE) return false;
        if (char === BACKSLASH) return false;
      }
      // A string of its own: a part of the whole body's would keep that in memory.
      texts[field] = bytes.toString("latin1", from, end);
    }
    froms[field] = from;
    this.at = end + 1;
    return true;
  }

  private isAlike(one: number, other: number, length: number): boolean {
    const { bytes } = this;
    for (let i = 0; i < length; i++) if (bytes[one + i] !== bytes[other + i]) return false;
    return true;
  }

  private takesAmount(): boolean {
    const text = this.texts[AMOUNT] ?? "";
    if (text === this.amountText) return true;
    if (!AMOUNT_TEXT.test(text)) return false;
    this.amountText = text;
    this.amount = BigInt(text);
    return true;
  }

  /** A whole number as it is usually written: no sign, no zero before it, no point, no exponent. */
  private takesCode(): boolean {
    this.skipSpace();
    const { bytes, at: from } = this;
    let code = 0;
    for (let char = bytes[from]; isDigit(char); char = bytes[++this.at])
      code = 10 * code + char - ZERO;
    const digits = this.at - from;
    if (digits === 0 || digits > CODE_DIGITS_MAX) return false;
    this.code = code;
    return digits === 1 || bytes[from] !== ZERO;
  }

  /** A word and the quote that closes it. */
  private takesWord(word: Buffer): boolean {
    const { bytes, at } = this;
    const { length } = word;
    for (let i = 0; i < length; i++) if (bytes[at + i] !== word[i]) return false;
    if (bytes[at + length] !== QUOTE) return false;
    this.at = at + length + 1;
    return true;
  }

  private takes(char: number): boolean {
    if (this.bytes[this.at] !== char) {
      this.skipSpace();
      if (this.bytes[this.at] !== char) return false;
    }
    this.at += 1;
    return true;
  }

  private skipSpace(): void {
    while (isSpace(this.bytes[this.at])) this.at += 1;
  }

  private isAtEnd(): boolean {
    this.skipSpace();
    return this.at === this.bytes.length;
  }
}

function isSpace(char: number | undefined): boolean {
  return char === SPACE || char === LINE_FEED || char === CARRIAGE_RETURN || char === TAB;
}

function isDigit(char: number | undefined): char is number {
  return char !== undefined && char >= ZERO && char <= NINE;
}
