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
  let received = "";
  const broken = (error: Error) => {
    waiting?.reject(error);
    waiting = undefined;
  };
  socket.setEncoding("latin1");
  socket.on("error", broken);
  socket.on("close", () => broken(new Error("the server closed the connection")));
  socket.on("data", (chunk: string) => {
    received = received === "" ? chunk : received + chunk;
    const answer = readAnswer(received);
    if (answer === undefined) return;
    received = "";
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

/** Undefined until all of it is there. Nothing follows it: the next request was not sent yet. */
function readAnswer(text: string): Answer | undefined {
  const headEnd = text.indexOf(HEAD_END);
  if (headEnd < 0) return undefined;
  const length = LENGTH.exec(text.slice(0, headEnd));
  const bodyAt = headEnd + HEAD_END.length;
  const body = text.slice(bodyAt);
  if (length === null || body.length < Number(length[1])) return undefined;
  return { status: Number(text.slice(STATUS_AT, STATUS_AT + 3)), body };
}
