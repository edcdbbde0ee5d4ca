/** A server with a certificate that it signed itself, for `localhost` and nothing else. */
import { chmod, chown, copyFile, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from "vitest";
import { openDatabase } from "./database.ts";
import { startEmbedded } from "./embedded/embedded.ts";
import { ownerOf } from "./embedded/folder.ts";
import { ask } from "./testing/embedded.ts";
import { temporary } from "./testing/temporary.ts";
import { testServerUrl } from "./testing.ts";

const CERTIFICATE = fileURLToPath(new URL("testing/tls/test-only.crt", import.meta.url));
const KEY = fileURLToPath(new URL("testing/tls/test-only.key", import.meta.url));

let dir = "";
let server: Awaited<ReturnType<typeof startEmbedded>>;

beforeAll(async () => {
  dir = await temporary("longmen-tls-");
  server = await startEmbedded({ dir, settings: { fsync: "off", shared_buffers: "32MB" } });
  const owner = await ownerOf(server.dataDir);
  for (const [from, to] of [
    [CERTIFICATE, "server.crt"],
    [KEY, "server.key"],
  ] as const) {
    const file = path.join(server.dataDir, to);
    await copyFile(from, file);
    await chmod(file, 0o600);
    if (owner !== undefined && process.getuid?.() === 0) await chown(file, owner.uid, owner.gid);
  }
  await ask(server.url, "alter system set ssl = on");
  await ask(server.url, "select pg_reload_conf()");
  // Read again a moment later; a server that could not would have written why into its log.
  const isOn = async () => expect(await ask(server.url, "show ssl")).toEqual({ ssl: "on" });
  await vi.waitFor(isOn, 30_000);
});
afterAll(async () => {
  await server.stop();
  await rm(dir, { recursive: true, force: true, maxRetries: 5 });
});

interface Wish {
  readonly words: string;
  readonly host?: string;
}

function urlOf({ words, host = "localhost" }: Wish): string {
  const url = new URL(server.url);
  url.hostname = host;
  return `${url.href}?${words.replaceAll("CRT", CERTIFICATE)}`;
}

/** Whether its connections are encrypted. */
async function isEncrypted(wish: Wish): Promise<boolean> {
  const database = await openDatabase({ url: urlOf(wish) });
  onTestFinished(() => database.close());
  const text = "select ssl from pg_stat_ssl where pid = pg_backend_pid()";
  const { rows } = await database.transaction((tx) => tx.query(text));
  return rows[0]?.["ssl"] === "t" || rows[0]?.["ssl"] === true;
}

describe("with TLS", () => {
  test.each([
    [{ words: "" }, false],
    [{ words: "sslmode=disable" }, false],
    [{ words: "ssl=false" }, false],
    [{ words: "ssl=0" }, false],
    [{ words: "sslmode=no-verify" }, true],
    [{ words: "ssl=no-verify", host: "127.0.0.1" }, true],
    [{ words: "sslmode=verify-full&sslrootcert=CRT" }, true],
    [{ words: "sslmode=require&sslrootcert=CRT" }, true],
    [{ words: "sslrootcert=CRT" }, true],
    [{ words: "sslmode=verify-ca&sslrootcert=CRT", host: "127.0.0.1" }, true],
    [{ words: "sslmode=require&uselibpqcompat=true" }, true],
  ])("%j is encrypted: %j", async (wish, encrypted) => {
    expect(await isEncrypted(wish)).toBe(encrypted);
  });

  test.each([
    [{ words: "ssl=true" }, /self-signed certificate/],
    [{ words: "sslmode=require" }, /self-signed certificate/],
    [{ words: "sslmode=prefer" }, /self-signed certificate/],
    [{ words: "sslmode=verify-full" }, /self-signed certificate/],
    [
      { words: "sslmode=verify-full&sslrootcert=CRT", host: "127.0.0.1" },
      /127\.0\.0\.1 is not in the cert/,
    ],
    [{ words: "sslmode=verify-full&sslrootcert=/not/there.crt" }, /no such file.*not\/there\.crt/],
    [{ words: "sslmode=verify-full&sslrootcert=/" }, /directory/],
    [{ words: "sslmode=no-verify&sslcert=CRT&sslkey=CRT" }, /DECODER/],
  ])("%j is refused by name", async (wish, reason) => {
    const refused = openDatabase({ url: urlOf(wish) });
    await expect(refused).rejects.toMatchObject({ code: "postgres.tls_failed" });
    await expect(refused).rejects.toThrow(reason);
  });

  test("a file that is no certificate is refused by name", async () => {
    const file = path.join(dir, "no.crt");
    await writeFile(file, "-----BEGIN CERTIFICATE-----\nno\n-----END CERTIFICATE-----\n");
    const url = urlOf({ words: `sslmode=verify-full&sslrootcert=${file}` });
    await expect(openDatabase({ url })).rejects.toMatchObject({ code: "postgres.tls_failed" });
  });

  test.each([
    ["sslmode=verify_full", "sslmode is none of disable, allow"],
    ["sslmode=verify-ca", "needs sslrootcert"],
    ["ssl=yes", "ssl is none of true"],
    ["sslnegotiation=now", "sslnegotiation is none of postgres, direct"],
  ])("%s is told before anything is connected to", async (words, reason) => {
    const refused = openDatabase({ url: `postgres://nobody@no-such-host.invalid/x?${words}` });
    await expect(refused).rejects.toMatchObject({ code: "postgres.url_malformed" });
    await expect(refused).rejects.toThrow(reason);
  });

  test("nothing is printed past the log for words whose meaning is ours", async () => {
    const warnings: string[] = [];
    const warned = ({ message }: Error) => void warnings.push(message);
    process.on("warning", warned);
    onTestFinished(() => void process.off("warning", warned));
    for (const mode of ["prefer", "require", "verify-ca", "verify-full"]) {
      await isEncrypted({ words: `sslmode=${mode}&sslrootcert=CRT` });
    }
    await new Promise((resolve) => setImmediate(resolve));
    expect(warnings.filter((text) => text.includes("SSL"))).toEqual([]);
  });
});

test("a server without TLS is told apart from one that is not there", async () => {
  const refused = openDatabase({ url: `${testServerUrl()}?sslmode=require` });
  await expect(refused).rejects.toMatchObject({ code: "postgres.tls_failed" });
  await expect(refused).rejects.toThrow("does not support SSL");
});
