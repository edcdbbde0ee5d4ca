/**
 * The answer to a batch as bytes. Most items differ from the one before in some numbers only: then its
 * bytes are copied, and those numbers written over. Where anything else differs an item is spelled out
 * by wire-out.ts. A thousand items with balances are 400 KB: as text they would be put together from
 * 25 pieces each, and be gone through once more to become bytes.
 */
import type { Answer, Balance, Bound, ChainAnswer, Created, Exists } from "../ledger/index.ts";
import { itemText, seqOf } from "./wire-out.ts";

type ItemAnswer = Answer | ChainAnswer;
type Carried = Created | Exists;

/** About what an item takes; where it is more, the buffer grows. */
const ITEM_BYTES = 480;
const ITEM_BYTES_MINIMAL = 112;
const AROUND_BYTES = 64;
/** At most, of a character in UTF-8. */
const CHARACTER_BYTES = 3;
const QUOTE = 34;
const COMMA = 44;
const ZERO = 48;
const COLON = 58;
const OPEN_CURLY = 123;
const CLOSE_CURLY = 125;
/** Where so many items in a row had to be spelled out, no more is tried in this batch. */
const MISSES_MAX = 16;
const INT32_MAX = 2 ** 31 - 1;
/** A double holds every whole number below it exactly. */
const LARGE = 1e15;

// The values of a carried answer in the order of its text: status, seq, at, amount; of each balance
// its seq, four sums, bound and whether it is closed.
const SEQ = 1;
const AMOUNT = 3;
const DEBIT = 4;
const BALANCE_VALUES = 7;

/** The whole answer: the newest seq, and an item for each posting, in order. */
export function batchBytes(answers: readonly ItemAnswer[], balances: boolean): Buffer {
  return new BatchWriter(answers.length, balances).write(answers);
}

class BatchWriter {
  private readonly balances: boolean;
  private bytes: Buffer;
  private at = 0;
  private itemAt = 0;
  /** The item before, if it is one to copy from: what it says, and where it stands. */
  private last: Carried | undefined;
  private lastAt = 0;
  /** Where its values begin and end, from its own beginning. */
  private readonly froms: number[] = [];
  private readonly ends: number[] = [];
  private misses = 0;

  constructor(count: number, balances: boolean) {
    this.balances = balances;
    const each = balances ? ITEM_BYTES : ITEM_BYTES_MINIMAL;
    this.bytes = Buffer.allocUnsafe(AROUND_BYTES + count * each);
  }

  write(answers: readonly ItemAnswer[]): Buffer {
    let seq = 0;
    for (const answer of answers) seq = Math.max(seq, seqOf(answer));
    this.spell(`{"seq":${seq},"items":[`);
    for (let place = 0; place < answers.length; place++) {
      const answer = answers[place];
      if (place > 0) this.spell(",");
      if (answer !== undefined) this.item(answer);
    }
    this.spell("]}");
    return this.bytes.subarray(0, this.at);
  }

  private item(answer: ItemAnswer): void {
    this.itemAt = this.at;
    const carried = answer.status === "refused" || "answers" in answer ? undefined : answer;
    const isTried = carried !== undefined && this.misses < MISSES_MAX;
    if (isTried && this.last !== undefined && this.copies(carried, this.last)) {
      this.misses = 0;
    } else {
      this.at = this.itemAt;
      this.misses += 1;
      const text = itemText(answer, this.balances);
      this.spell(text);
      if (isTried) this.findValues();
    }
    this.last = isTried ? carried : undefined;
    this.lastAt = this.itemAt;
  }

  private spell(text: string): void {
    this.makeRoom(text.length * CHARACTER_BYTES);
    this.at += this.bytes.write(text, this.at, "utf8");
  }

  private makeRoom(bytes: number): void {
    if (this.at + bytes <= this.bytes.length) return;
    const more = Buffer.allocUnsafe(2 * this.bytes.length + bytes);
    this.bytes.copy(more, 0, 0, this.at);
    this.bytes = more;
  }

  /** False: more than digits differs, and what stands there now counts for nothing. */
  private copies(now: Carried, last: Carried): boolean {
    if (now.status !== last.status || now.at !== last.at) return false;
    // A comma stands between them.
    const length = this.itemAt - 1 - this.lastAt;
    this.makeRoom(length);
    this.bytes.copyWithin(this.itemAt, this.lastAt, this.lastAt + length);
    this.at = this.itemAt + length;
    if (!this.puts(SEQ, now.seq, last.seq)) return false;
    if (!this.putsAmount(AMOUNT, now.amount, last.amount)) return false;
    if (!this.balances) return true;
    const credit = now.debit === undefined ? DEBIT : DEBIT + BALANCE_VALUES;
    return (
      this.putsBalance(DEBIT, now.debit, last.debit) &&
      this.putsBalance(credit, now.credit, last.credit)
    );
  }

  private putsBalance(place: number, now: Balance | undefined, last: Balance | undefined): boolean {
    if (now === undefined || last === undefined) return now === last;
    return (
      now.closed === last.closed &&
      this.puts(place, now.seq, last.seq) &&
      this.putsAmount(place + 1, now.debitsPending, last.debitsPending) &&
      this.putsAmount(place + 2, now.debitsPosted, last.debitsPosted) &&
      this.putsAmount(place + 3, now.creditsPending, last.creditsPending) &&
      this.putsAmount(place + 4, now.creditsPosted, last.creditsPosted) &&
      this.putsAmount(place + 5, now.bound, last.bound)
    );
  }

  private putsAmount(place: number, now: Bound, last: Bound): boolean {
    if (now === last) return true;
    if (typeof now === "string" || typeof last === "string") return false;
    return this.puts(place, Number(now), Number.NaN);
  }

  /** Puts a number in the place of the last one. False: it is none that fifteen digits hold. */
  private puts(place: number, now: number, last: number): boolean {
    if (now === last) return true;
    const digits = digitsOf(now);
    if (digits === 0) return false;
    const from = this.froms[place] ?? 0;
    const more = from + digits - (this.ends[place] ?? 0);
    if (more !== 0) this.widen(place, more);
    const { bytes } = this;
    let at = this.itemAt + from + digits;
    let left = now;
    while (left > INT32_MAX) {
      const tenth = Math.floor(left / 10);
      bytes[--at] = ZERO + left - 10 * tenth;
      left = tenth;
    }
    // Small enough for the fast division of whole numbers.
    do {
      const tenth = (left / 10) | 0;
      bytes[--at] = ZERO + left - 10 * tenth;
      left = tenth;
    } while (left > 0);
    return true;
  }

  /** Moves all that follows a value, for one of more digits or of fewer. */
  private widen(place: number, more: number): void {
    const { froms, ends } = this;
    this.makeRoom(more);
    const end = this.itemAt + (ends[place] ?? 0);
    this.bytes.copyWithin(end + more, end, this.at);
    this.at += more;
    ends[place] = (ends[place] ?? 0) + more;
    for (let later = place + 1; later < ends.length; later++) {
      froms[later] = (froms[later] ?? 0) + more;
      ends[later] = (ends[later] ?? 0) + more;
    }
  }

  /** Of the item that was spelled out just now. Its text is our own: no quote is escaped in it. */
  private findValues(): void {
    const { bytes, itemAt, froms, ends } = this;
    let count = 0;
    for (let at = itemAt; at < this.at; at++) {
      if (bytes[at] !== COLON || bytes[at + 1] === OPEN_CURLY) continue;
      const isText = bytes[at + 1] === QUOTE;
      const from = at + (isText ? 2 : 1);
      at = from;
      while (!isEndOf(bytes[at], isText)) at += 1;
      froms[count] = from - itemAt;
      ends[count] = at - itemAt;
      count += 1;
    }
    froms.length = count;
    ends.length = count;
  }
}

/** 0: it has more than fifteen, or is no amount. */
function digitsOf(whole: number): number {
  if (!(whole >= 0 && whole < LARGE)) return 0;
  let digits = 1;
  for (let least = 10; whole >= least; least *= 10) digits += 1;
  return digits;
}

function isEndOf(char: number | undefined, isText: boolean): boolean {
  return isText ? char === QUOTE : char === COMMA || char === CLOSE_CURLY || char === undefined;
}
