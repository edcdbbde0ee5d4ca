/**
 * Requests over Node's own http, where there is one. Node's fetch builds streams and signals for each request, which
 * take twice as long as the request itself; browsers have nothing else, and files go by fetch everywhere.
 */
import { unlessAborted } from "./unless-aborted.ts";

export interface Outgoing {
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | undefined;
  /** Given up after so long. */
  readonly limitMs: number;
  readonly signal?: AbortSignal | undefined;
}

/** What of a `Response` an answer is read from, and its text. */
export interface Heard {
  readonly ok: boolean;
  readonly status: number;
  readonly headers: { get(name: string): string | null };
  readonly text: string;
}

/** Rejects as fetch does: with why as `cause`, whose `code` may say that nothing was sent. */
export type Transport = (url: string, outgoing: Outgoing) => Promise<Heard>;

/** What every runtime has. The signal ends it, also where the given fetch doesn't mind signals. */
export function overFetch(send: typeof fetch): Transport {
  return async (url, { method, headers, body, limitMs, signal: given }) => {
    const limit = AbortSignal.timeout(limitMs);
    const signal = given === undefined ? limit : AbortSignal.any([limit, given]);
    const content = body === undefined ? {} : { body };
    const sent = send(url, { ...fetchOptions, method, headers, ...content, signal });
    const response = await unlessAborted(sent, signal);
    const text = await unlessAborted(response.text(), signal);
    return { ok: response.ok, status: response.status, headers: response.headers, text };
  };
}

export const fetchOptions = {
  cache: "no-store",
  credentials: "omit",
  // A redirected POST would become a GET elsewhere.
  redirect: "manual",
} as const;

/** What is used of `node:http`, written down here: the client compiles without Node's own types. */
interface Modules {
  request(url: string, options: RequestOptions): Sent;
  readonly Agent: new (options: { readonly keepAlive: boolean }) => object;
  readonly globalAgent: { readonly options?: { readonly proxyEnv?: unknown } };
}

interface RequestOptions extends Pick<Outgoing, "method" | "headers"> {
  readonly agent: object;
}

interface Sent {
  on(event: "socket", listener: (socket: Socket) => void): unknown;
  on(event: "error", listener: (error: Error) => void): unknown;
  on(event: "response", listener: (response: Incoming) => void): unknown;
  end(body: string | undefined): unknown;
  destroy(error: Error): unknown;
}

interface Socket {
  readonly connecting: boolean;
  once(event: "connect", listener: () => void): unknown;
}

interface Incoming {
  readonly statusCode?: number;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  setEncoding(encoding: "utf8"): unknown;
  on(event: "data", listener: (piece: string) => void): unknown;
  on(event: "error", listener: (error: Error) => void): unknown;
  on(event: "end", listener: () => void): unknown;
}

interface Runtime {
  readonly process?: {
    readonly versions?: Readonly<Record<string, string | undefined>>;
    readonly getBuiltinModule?: (name: string) => unknown;
  };
  readonly Deno?: unknown;
}

/** Undefined where this is not Node, or where Node was told to go through a proxy, which its fetch knows best. */
export function overNode(url: string): Transport | undefined {
  const { process, Deno } = globalThis as Runtime;
  const { node, bun } = process?.versions ?? {};
  if (process === undefined || node === undefined || bun !== undefined || Deno !== undefined) {
    return undefined;
  }
  const name = url.startsWith("https:") ? "node:https" : "node:http";
  const modules = process.getBuiltinModule?.(name) as Modules | undefined;
  if (modules === undefined || modules.globalAgent.options?.proxyEnv !== undefined) {
    return undefined;
  }
  const agent = agentOf(name, modules);
  return (address, outgoing) => send(modules, agent, address, outgoing);
}

const agents = new Map<string, object>();

/** One for all clients; what is idle in it keeps no process alive. */
function agentOf(name: string, { Agent }: Modules): object {
  let agent = agents.get(name);
  if (agent === undefined) agents.set(name, (agent = new Agent({ keepAlive: true })));
  return agent;
}

const CONNECT_MS = 10_000;
/** As fetch says it. */
const NOT_CONNECTED = "UND_ERR_CONNECT_TIMEOUT";

function send(
  modules: Modules,
  agent: object,
  address: string,
  { method, headers, body, limitMs, signal }: Outgoing,
): Promise<Heard> {
  return new Promise((resolve, reject) => {
    const asked = modules.request(address, { method, headers, agent });
    const giveUp = (why: string) => () => void asked.destroy(new Error(why));
    const limit = setTimeout(giveUp("no answer in time"), limitMs);
    const onAbort = giveUp("aborted");
    let connecting: ReturnType<typeof setTimeout> | undefined;
    let isConnected = false;
    const over = () => {
      clearTimeout(limit);
      clearTimeout(connecting);
      signal?.removeEventListener("abort", onAbort);
    };
    const failed = (error: Error) => {
      over();
      const cause = isConnected ? error : Object.assign(error, { code: codeOf(error) });
      reject(new TypeError("no answer", { cause }));
    };
    asked.on("socket", (socket) => {
      isConnected = !socket.connecting;
      if (isConnected) return;
      connecting = setTimeout(giveUp("no connection in time"), CONNECT_MS);
      socket.once("connect", () => {
        isConnected = true;
        clearTimeout(connecting);
      });
    });
    asked.on("error", failed);
    asked.on("response", (response) => {
      let text = "";
      response.setEncoding("utf8");
      response.on("data", (piece: string) => (text += piece));
      response.on("error", failed);
      response.on("end", () => {
        over();
        const { statusCode: status = 0, headers: told } = response;
        const get = (header: string) => told[header]?.toString() ?? null;
        resolve({ ok: status >= 200 && status < 300, status, headers: { get }, text });
      });
    });
    signal?.addEventListener("abort", onAbort, { once: true });
    if (signal?.aborted === true) onAbort();
    asked.end(body);
  });
}

/** Why nothing was sent: a request that had no connection when it ended. */
function codeOf(error: Error): unknown {
  return (error as { readonly code?: unknown }).code ?? NOT_CONNECTED;
}
