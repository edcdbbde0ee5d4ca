/** Bytes that come as they like, taken in the lengths that are needed. */
export interface Taker {
  /** So many bytes; undefined when fewer are left. */
  take(length: number): Promise<Buffer | undefined>;
  /** Reads to the end and forgets it: what the source throws there is thrown here. */
  rest(): Promise<void>;
}

export function takerOf(source: AsyncIterable<Buffer>): Taker {
  const iterator = source[Symbol.asyncIterator]();
  let kept: Buffer[] = [];
  let size = 0;
  return {
    async take(length) {
      while (size < length) {
        const next = await iterator.next();
        if (next.done === true) return undefined;
        kept.push(next.value);
        size += next.value.length;
      }
      const all = kept.length === 1 && kept[0] !== undefined ? kept[0] : Buffer.concat(kept, size);
      size -= length;
      kept = size === 0 ? [] : [all.subarray(length)];
      return all.subarray(0, length);
    },
    async rest() {
      [kept, size] = [[], 0];
      for (let next = await iterator.next(); next.done !== true; next = await iterator.next());
    },
  };
}
