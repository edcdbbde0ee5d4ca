/** One keep-alive connection that asks one thing at a time: as little of a client as a load needs. */
import { connect, type Socket } from "node:net";

export interface Connection {
  /** Sends a whole request and answers its status and body. */
  ask(request: string): Promise<Answer>;
  close(): void;
}

export interface Answer {
  readonly status: number;
  readonly body: string;
}

const HEAD_END = "\r\n\r\n";
const LENGTH = /\r\ncontent-length: (\d+)/i;
/** HTTP/1.1 200 */
const STATUS_AT = 9;

export function openConnection(port: number): Promise<Connection> {
  const socket = connect({ host: "127.0.0.1", port, noDelay: true });
  return new Promise((resolve, reject) => {
    socket.once("error", reject);
    socket.once("connect", () => {
      socket.off("error", reject);
      resolve(connectionOf(socket));
    });
  });
}

interface Waiting {
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: Error) => void;
}

function connectionOf(socket: Socket): Connection {
  let waiting: Waiting | undefined;
  let received = answerParts();
  const broken = (error: Error) => {
    waiting?.reject(error);
    waiting = undefined;
  };
  socket.setEncoding("latin1");
  socket.on("error", broken);
  socket.on("close", () => broken(new Error("the server closed the connection")));
  socket.on("data", (chunk: string) => {
    const answer = received.add(chunk);
    if (answer === undefined) return;
    received = answerParts();
    const { resolve } = waiting ?? { resolve: () => undefined };
    waiting = undefined;
    resolve(answer);
  });
  return {
    ask: (request) =>
      new Promise((resolve, reject) => {
        waiting = { resolve, reject };
        socket.write(request, "latin1");
      }),
    close: () => socket.destroy(),
  };
}

/** Its head is looked at once, its parts are put together once: long answers cost no more than that. */
function answerParts() {
  let text = "";
  let head: { status: number; bodyAt: number; end: number } | undefined;
  return {
    /** Answers when all of it is there. Nothing follows it: the next request was not sent yet. */
    add(chunk: string): Answer | undefined {
      text += chunk;
      head ??= headOf(text);
      if (head === undefined || text.length < head.end) return undefined;
      return { status: head.status, body: text.slice(head.bodyAt) };
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
