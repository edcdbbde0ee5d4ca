import { expect, test } from "vitest";
import { workWindow } from "./work-window.ts";

/** Work that lasts until it is told to end. */
function works() {
  const begun: string[] = [];
  const ends = new Map<string, { resolve: () => void; reject: (error: Error) => void }>();
  return {
    begun,
    work: (name: string) => () => {
      begun.push(name);
      return new Promise<void>((resolve, reject) => ends.set(name, { resolve, reject }));
    },
    end: async (name: string, error?: Error) => {
      if (error === undefined) ends.get(name)?.resolve();
      else ends.get(name)?.reject(error);
      for (let turn = 0; turn < 10; turn++) await Promise.resolve();
    },
  };
}

test("begins no more than there is room for, and opens with what was done", async () => {
  const { begun, work, end } = works();
  const window = workWindow({ first: 10, most: 15 });
  await window.enter(6, work("a"));
  await window.enter(4, work("b"));
  const third = window.enter(9, work("c"));
  await end("nobody");
  expect(begun).toEqual(["a", "b"]);
  await end("b"); // room for 14 now: a and c would be 15
  expect(begun).toEqual(["a", "b"]);
  await end("a");
  await third;
  expect(begun).toEqual(["a", "b", "c"]);
  await window.enter(6, work("d")); // 15, the most, however much is done
  const fifth = window.enter(1, work("e"));
  await end("nobody");
  expect(begun).toEqual(["a", "b", "c", "d"]);
  await end("c");
  await fifth;
  await end("d");
  await end("e");
  await window.finish();
});

test("begins what is larger than itself when nothing else is under way", async () => {
  const { begun, work, end } = works();
  const window = workWindow({ first: 10, most: 10 });
  await window.enter(1_000, work("a"));
  const next = window.enter(1, work("b"));
  await end("nobody");
  expect(begun).toEqual(["a"]);
  await end("a");
  await next;
  await end("b");
  await window.finish();
});

test("begins nothing behind a failure, tells it, and waits for what is under way", async () => {
  const { begun, work, end } = works();
  const window = workWindow({ first: 10, most: 10 });
  await window.enter(5, work("a"));
  await window.enter(5, work("b"));
  const third = window.enter(5, work("c"));
  const failed = third.catch((error: unknown) => error);
  await end("a", new Error("no room"));
  expect(await failed).toEqual(new Error("no room"));
  expect(begun).toEqual(["a", "b"]);
  let settled = false;
  const settling = window.settle().then(() => (settled = true));
  await end("nobody");
  expect(settled).toBe(false);
  await end("b");
  await settling;
  await expect(window.finish()).rejects.toThrow("no room");
});
