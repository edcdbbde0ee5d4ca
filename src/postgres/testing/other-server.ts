import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { chown, mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";
import { chooseRunAs } from "../embedded/run-as.ts";
import { freePort } from "../embedded/start.ts";
import { systemClock } from "../../base/index.ts";
import { tryConnect } from "../embedded/owner.ts";

const WAIT_MS = 20_000;

/** Starts another PostgreSQL, as a user's own server would be, from a folder of programs. */
export async function startServer(
  bin: string,
  dir: string,
): Promise<{ url: string; stop: () => Promise<void> }> {
  const native = path.dirname(bin);
  const runAs = await chooseRunAs("auto", { native, folder: dir, dataOwner: undefined });
  const data = path.join(dir, "data");
  const password = "only-for-this-test";
  const passwordFile = path.join(dir, "password");
  await mkdir(data, { mode: 0o700 });
  await writeFile(passwordFile, password);
  if (runAs.owner !== undefined) {
    for (const file of [data, passwordFile]) await chown(file, runAs.owner.uid, runAs.owner.gid);
  }
  const initdb = runAs.command(path.join(bin, "initdb"), [
    ...["-D", data, "-U", "longmen", "-A", "scram-sha-256", "--pwfile", passwordFile],
    ...["-E", "UTF8", "--locale=C", "--no-sync"],
  ]);
  await promisify(execFile)(initdb.file, [...initdb.args], { ...initdb.options, cwd: "/" });
  const port = await freePort();
  const server = runAs.command(path.join(bin, "postgres"), [
    ...["-D", data, "-p", String(port), "-c", "listen_addresses=127.0.0.1"],
    ...["-c", "unix_socket_directories=", "-c", "fsync=off"],
  ]);
  const child = spawn(server.file, server.args, { ...server.options, cwd: "/", stdio: "ignore" });
  const exited = once(child, "exit");
  const until = systemClock.now() + WAIT_MS;
  for (;;) {
    const client = await tryConnect({ port, password });
    await client?.end();
    if (client !== undefined) break;
    if (systemClock.now() > until) throw new Error(`the server in ${dir} does not start`);
    await systemClock.sleep(50);
  }
  return {
    url: `postgres://longmen:${password}@127.0.0.1:${port}/postgres`,
    stop: async () => {
      child.kill("SIGINT");
      await exited;
    },
  };
}
