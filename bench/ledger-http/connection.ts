/** One keep-alive connection that asks one thing at a time: as little of a client as a load needs. */
import { connect } from "node:net";

export interface Connection {
  /** Sends a whole request and answers its status and body. */
  ask(request: string): Promise<Answer>;
  close(): void;
}

export interface Answer {
  readonly status: number;
  /** Until the next is asked: its memory is used again. */
  readonly body: Buffer;
}

const HEAD_END = "\r\n\r\n";
const LENGTH = /\r\ncontent-length: (\d+)/i;
/** HTTP/1.1 200 */
const STATUS_AT = 9;
/** Longer than any head. */
const HEAD_MAX_BYTES = 4_096;
const READ_BYTES = 65_536;
/** All connections of a process read into one: what came is put where it belongs at once. */
const read = Buffer.allocUnsafeSlow(READ_BYTES);

interface Waiting {
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: Error) => void;
}

export function openConnection(port: number): Promise<Connection> {
  let waiting: Waiting | undefined;
  const received = answerParts();
  const taken = (bytes: number) => {
    const answer = received.add(read.subarray(0, bytes));
    if (answer === undefined) return true;
    const { resolve } = waiting ?? { resolve: () => undefined };
    waiting = undefined;
    resolve(answer);
    return true;
  };
  const onread = { buffer: read, callback: taken };
  const socket = connect({ host: "127.0.0.1", port, noDelay: true, onread });
  const broken = (error: Error) => {
    waiting?.reject(error);
    waiting = undefined;
  };
  const connection: Connection = {
    ask: (request) =>
      new Promise((resolve, reject) => {
        waiting = { resolve, reject };
        socket.write(request, "latin1");
      }),
    close: () => socket.destroy(),
  };
  return new Promise((resolve, reject) => {
    socket.once("error", reject);
    socket.once("connect", () => {
      socket.off("error", reject);
      socket.on("error", broken);
      socket.on("close", () => broken(new Error("the server closed the connection")));
      resolve(connection);
    });
  });
}

/** Long answers are neither decoded nor put together anew: they cost the load what a copy costs. */
function answerParts() {
  let bytes = Buffer.allocUnsafe(HEAD_MAX_BYTES);
  let length = 0;
  let head: { status: number; bodyAt: number; end: number } | undefined;
  return {
    /** Answers when all of it is there. Nothing follows it: the next request was not sent yet. */
    add(part: Buffer): Answer | undefined {
      if (length + part.length > bytes.length) {
        const more = Buffer.allocUnsafe(2 * (length + part.length));
        bytes.copy(more, 0, 0, length);
        bytes = more;
      }
      part.copy(bytes, length);
      length += part.length;
      head ??= headOf(bytes.toString("latin1", 0, Math.min(length, HEAD_MAX_BYTES)));
      if (head === undefined || length < head.end) return undefined;
      const { status, bodyAt, end } = head;
      length = 0;
      head = undefined;
      return { status, body: bytes.subarray(bodyAt, end) };
    },
  };
}

function headOf(text: string) {
  const headEnd = text.indexOf(HEAD_END);
  const length = LENGTH.exec(text.slice(0, Math.max(headEnd, 0)));
  if (length === null) return undefined;
  const bodyAt = headEnd + HEAD_END.length;
  const status = Number(text.slice(STATUS_AT, STATUS_AT + 3));
  return { status, bodyAt, end: bodyAt + Number(length[1]) };
}
