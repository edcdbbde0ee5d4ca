/**
 * The lane's queue: first in, first out, bounded by weight. Units of a flush that was undone go back
 * to the front in their old order.
 */
import type { Item } from "./item.ts";

export class LaneQueue<Posting, Answer> {
  private front: Item<Posting, Answer>[] = [];
  private frontAt = 0;
  private items: Item<Posting, Answer>[] = [];
  private at = 0;
  private weightNow = 0;

  get weight(): number {
    return this.weightNow;
  }

  get length(): number {
    return this.front.length - this.frontAt + (this.items.length - this.at);
  }

  push(item: Item<Posting, Answer>): void {
    this.items.push(item);
    this.weightNow += item.weight;
  }

  /** The next item that still has somebody waiting, or undefined. */
  shift(): Item<Posting, Answer> | undefined {
    const item = this.front.length > this.frontAt ? this.shiftFront() : this.shiftBack();
    if (item !== undefined) this.weightNow -= item.weight;
    return item;
  }

  peek(): Item<Posting, Answer> | undefined {
    return this.front[this.frontAt] ?? this.items[this.at];
  }

  unshiftAll(items: readonly Item<Posting, Answer>[]): void {
    this.front = [...items, ...this.front.slice(this.frontAt)];
    this.frontAt = 0;
    for (const item of items) this.weightNow += item.weight;
  }

  /** Takes out every item that `leave` says yes to, calling it once for each. */
  removeWhere(leave: (item: Item<Posting, Answer>) => boolean): void {
    const stay = (item: Item<Posting, Answer>) => {
      if (!leave(item)) return true;
      this.weightNow -= item.weight;
      return false;
    };
    this.front = this.front.slice(this.frontAt).filter(stay);
    this.frontAt = 0;
    this.items = this.items.slice(this.at).filter(stay);
    this.at = 0;
  }

  private shiftFront(): Item<Posting, Answer> | undefined {
    const item = this.front[this.frontAt];
    this.frontAt += 1;
    if (this.frontAt === this.front.length) {
      this.front = [];
      this.frontAt = 0;
    }
    return item;
  }

  private shiftBack(): Item<Posting, Answer> | undefined {
    const item = this.items[this.at];
    if (item === undefined) return undefined;
    this.at += 1;
    if (this.at > 4_096 && this.at * 2 > this.items.length) {
      this.items = this.items.slice(this.at);
      this.at = 0;
    }
    return item;
  }
}
