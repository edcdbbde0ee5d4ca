/** Restate: its own server, as its package brings it, with default settings; the service in this process. */
import { spawn, type ChildProcess } from "node:child_process";
import { createRequire } from "node:module";
import { arch, platform } from "node:os";
import { join } from "node:path";
import { rmSync } from "node:fs";
import { runCallers } from "../../callers.ts";
import { type Contender, type Round, Void } from "../../contest.ts";
import { freePort } from "../../servers.ts";
import type { FlowOptions } from "../ours.ts";

const START_MS = 30_000;

/** What is used of the SDK and its client, which are installed in bench/ only. */
interface Context {
  run(name: string, step: () => number): Promise<number>;
}
interface Sdk {
  service(service: {
    readonly name: string;
    readonly handlers: Record<string, (context: Context, from: number) => Promise<number>>;
  }): object;
  serve(options: {
    readonly services: readonly object[];
    readonly port: number;
    readonly logger: () => void;
  }): Promise<unknown>;
}
interface Clients {
  connect(to: { readonly url: string }): {
    serviceClient(service: { readonly name: string }): {
      twoSteps(from: number): Promise<number>;
    };
  };
}

const NAME = "bench";

/** Serves the two steps at a port. */
async function serve(port: number): Promise<void> {
  // By names that the compiler does not follow: bench/node_modules may not be there.
  const packageName: string = "@restatedev/restate-sdk";
  const sdk = (await import(packageName)) as Sdk;
  const twoSteps = async (context: Context, from: number): Promise<number> => {
    const one = await context.run("one", () => from + 1);
    return context.run("two", () => one + 1);
  };
  const service = sdk.service({ name: NAME, handlers: { twoSteps } });
  await sdk.serve({ services: [service], port, logger: () => undefined });
}

interface Running {
  readonly child: ChildProcess;
  readonly dir: string;
  readonly call: (from: number) => Promise<number>;
}

export function restateFlows({ scratch, callers }: FlowOptions): Contender {
  let running: Running | undefined;
  return {
    name: "restate",
    async round(seconds): Promise<Round> {
      running ??= await start(join(scratch, `restate-${process.pid}`));
      const { call } = running;
      let next = 0;
      return runCallers({
        callers,
        seconds,
        call: async () => {
          const from = next++;
          if ((await call(from)) !== from + 2) throw new Void("a run answered something else");
          return 1;
        },
      });
    },
    async close() {
      if (running === undefined) return;
      await stop(running);
    },
  };
}

async function start(dir: string): Promise<Running> {
  const require = createRequire(import.meta.url);
  const binary = require.resolve(
    `@restatedev/restate-server-${platform()}-${arch()}/bin/restate-server`,
  );
  const [ingress, admin, node, port] = await Promise.all([
    freePort(),
    freePort(),
    freePort(),
    freePort(),
  ]);
  const child = spawn(binary, ["--base-dir", dir, "--no-logo", "--node-name", "bench"], {
    stdio: "ignore",
    env: {
      RESTATE_LISTEN_MODE: "tcp",
      RESTATE_BIND_IP: "127.0.0.1",
      RESTATE_BIND_PORT: String(node),
      RESTATE_INGRESS__BIND_PORT: String(ingress),
      RESTATE_ADMIN__BIND_PORT: String(admin),
      RESTATE_LOG_FILTER: "error",
      DO_NOT_TRACK: "1",
    },
  });
  // A bench that is broken off leaves no server behind.
  process.once("exit", () => child.kill("SIGKILL"));
  await serve(port);
  await register(`http://127.0.0.1:${admin}`, `http://127.0.0.1:${port}`);
  const packageName: string = "@restatedev/restate-sdk-clients";
  const clients = (await import(packageName)) as Clients;
  const client = clients
    .connect({ url: `http://127.0.0.1:${ingress}` })
    .serviceClient({ name: NAME });
  return { child, dir, call: async (from) => client.twoSteps(from) };
}

async function register(admin: string, uri: string): Promise<void> {
  const until = performance.now() + START_MS;
  for (;;) {
    const answer = await fetch(`${admin}/deployments`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ uri }),
    }).catch(() => undefined);
    if (answer?.ok === true) return;
    if (performance.now() > until) {
      throw new Error(`restate-server did not take the service: ${await answer?.text()}`);
    }
    await new Promise((done) => setTimeout(done, 200));
  }
}

async function stop({ child, dir }: Running): Promise<void> {
  const exit = new Promise((done) => child.once("exit", done));
  child.kill("SIGKILL");
  await exit;
  rmSync(dir, { recursive: true, force: true });
}
