/** For stories: bytes on a socket, and the answers that come back, for what no decent client sends. */
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { onTestFinished } from "vitest";
import type { HttpShop } from "./http-shop.ts";

export interface RawAnswer {
  readonly status: number;
  readonly head: string;
  readonly text: string;
  readonly body: Record<string, unknown>;
}

/** Sends bytes and reads all that comes until the other side ends, or as many answers as are wanted. */
export function rawAnswers(
  { url }: Pick<HttpShop, "url">,
  bytes: string | Buffer,
  wanted = Infinity,
): Promise<RawAnswer[]> {
  const { promise, resolve, reject } = Promise.withResolvers<RawAnswer[]>();
  const socket = connect(Number(new URL(url).port), "127.0.0.1", () => socket.write(bytes));
  let text = "";
  const end = () => {
    socket.destroy();
    resolve(answersIn(text));
  };
  socket.setEncoding("latin1").on("data", (part: string) => {
    text += part;
    if (answersIn(text).length >= wanted) end();
  });
  socket.on("error", reject);
  socket.on("close", end);
  return promise;
}

export interface RawConnection {
  readonly socket: Socket;
  readonly send: (bytes: string | Buffer) => void;
  /** So many answers on it since it was opened; rejects when it ends before. */
  readonly answers: (wanted: number) => Promise<readonly RawAnswer[]>;
  /** Resolves with all that was told, when the connection is over, however it ended. */
  readonly over: Promise<string>;
}

/** One connection on which a story sends piece by piece. It is closed when the test ends. */
export async function rawConnection({ url }: Pick<HttpShop, "url">): Promise<RawConnection> {
  const socket = connect(Number(new URL(url).port), "127.0.0.1");
  onTestFinished(() => void socket.destroy());
  let text = "";
  socket.setEncoding("latin1").on("data", (part: string) => (text += part));
  socket.on("error", () => undefined);
  const over = new Promise<string>((resolve) => socket.once("close", () => resolve(text)));
  await once(socket, "connect");
  return {
    socket,
    over,
    send: (bytes) => void socket.write(bytes),
    async answers(wanted) {
      while (answersIn(text).length < wanted) {
        if (socket.destroyed) throw new Error(`it ended after ${text.slice(-200)}`);
        await Promise.race([once(socket, "data"), over]);
      }
      return answersIn(text);
    },
  };
}

/** Whole answers with an announced length, one behind the other; a character of `text` is a byte. */
function answersIn(text: string): RawAnswer[] {
  const answers: RawAnswer[] = [];
  let rest = text;
  for (;;) {
    const split = rest.indexOf("\r\n\r\n");
    if (split < 0) return answers;
    const head = rest.slice(0, split);
    const length = Number(/content-length: (\d+)/i.exec(head)?.[1] ?? 0);
    const bytes = rest.slice(split + 4, split + 4 + length);
    if (bytes.length < length) return answers;
    const body = Buffer.from(bytes, "latin1").toString("utf8");
    answers.push({ status: Number(head.slice(9, 12)), head, text: body, body: jsonOf(body) });
    rest = rest.slice(split + 4 + length);
  }
}

function jsonOf(text: string): Record<string, unknown> {
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch {
    return {};
  }
}
