/** A door in front of PostgreSQL that can be shut, and that can lose what goes through it. */
import net from "node:net";

export interface Proxy {
  /** The server's address with the proxy in its place. */
  readonly url: string;
  /** Cuts every connection through it now; new ones are let in. */
  cut(): void;
  /** Lets the next request through and cuts before its answer comes back: done, but nobody knows. */
  loseNextReply(): void;
  /** Cuts at the next request, which never arrives. */
  loseNextRequest(): void;
  /** Lets nothing through any more and cuts what is there: the node is dead to the database. */
  close(): void;
}

/** How long a reply is swallowed before the cut: the server shall have finished what was asked. */
const SWALLOW_MS = 15;

export async function proxyTo(databaseUrl: string): Promise<Proxy> {
  const target = new URL(databaseUrl);
  const pairs = new Set<Pair>();
  const loss: Loss = { next: undefined };
  const server = net.createServer((client) => {
    const pair = new Pair(client, net.connect(Number(target.port), target.hostname), loss);
    pairs.add(pair);
    client.once("close", () => pairs.delete(pair));
  });
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the proxy has no port");
  const url = new URL(databaseUrl);
  url.hostname = "127.0.0.1";
  url.port = String(address.port);
  const cut = () => {
    for (const pair of pairs) pair.cut();
  };
  return {
    url: url.href,
    cut,
    loseNextReply: () => {
      loss.next = "reply";
    },
    loseNextRequest: () => {
      loss.next = "request";
    },
    close: () => {
      server.close();
      cut();
    },
  };
}

interface Loss {
  next: "reply" | "request" | undefined;
}

class Pair {
  readonly #client: net.Socket;
  readonly #server: net.Socket;

  constructor(client: net.Socket, server: net.Socket, loss: Loss) {
    this.#client = client;
    this.#server = server;
    let swallowing = false;
    client.setNoDelay(true);
    server.setNoDelay(true);
    client.on("data", (chunk) => {
      const lost = loss.next;
      loss.next = undefined;
      if (lost === "request") return this.cut();
      if (lost === "reply") {
        swallowing = true;
        setTimeout(() => this.cut(), SWALLOW_MS).unref();
      }
      server.write(chunk);
    });
    server.on("data", (chunk) => {
      if (!swallowing) client.write(chunk);
    });
    for (const socket of [client, server]) {
      socket.on("error", () => this.cut());
      socket.on("close", () => this.cut());
    }
  }

  cut(): void {
    this.#client.destroy();
    this.#server.destroy();
  }
}
