import { startEmbedded } from "../embedded/embedded.ts";
import type { EmbeddedOptions } from "../embedded/embedded.ts";

/**
 * A node as a process of its own, for tests that kill it: starts the embedded server as its argument
 * says, prints one line of JSON about it, and stops it when its input ends.
 */

const options = JSON.parse(process.argv[2] ?? "{}") as EmbeddedOptions;
const say = (value: object): boolean => process.stdout.write(`${JSON.stringify(value)}\n`);

try {
  const server = await startEmbedded({ ...options, onProgress: (step) => say({ step }) });
  const { url, adopted, runAs, dataDir } = server;
  say({ url, adopted, runAs, dataDir, server: server.pid() });
  process.stdin.on("end", () => void server.stop().then(() => say({ stopped: true })));
  process.stdin.resume();
} catch (error) {
  const code = error instanceof Error && "code" in error ? error.code : "none";
  say({ code, message: String(error) });
}
