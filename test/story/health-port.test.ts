import { get } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { freshDir, run } from "./command.ts";

const CROWD = 1_500;

/** On a connection of its own. */
const statusOf = (url: string, onSent?: () => void): Promise<number | undefined> =>
  new Promise((resolve, reject) => {
    const asked = get(url, { agent: false }, (response) => {
      response.resume();
      resolve(response.statusCode);
    }).on("error", reject);
    if (onSent !== undefined) asked.on("finish", onSent);
  });

test("a probe at the port for health stands behind no crowd at the other", async () => {
  const { dir, remove } = freshDir();
  try {
    const node = run("--serve", "--dir", dir, "--port", "0", "--health-port", "0");
    const said = await node.said("Longmen is up");
    const page = /the page is at (\S+)/.exec(said)?.[1] ?? "";
    const health = /health and metrics are at (\S+), too/.exec(said)?.[1] ?? "";
    const paths = ["health/live", "health/ready", "metrics", "v1/books", "", "health/live/x"];
    const codes = await Promise.all(paths.map((path) => statusOf(`${health}${path}`)));
    expect(codes).toEqual([200, 200, 200, 404, 404, 404]);

    // All are connected, and have asked, before the node takes in any of them.
    node.process.kill("SIGSTOP");
    let [served, sent] = [0, 0];
    const allSent = Promise.withResolvers<void>();
    const onSent = () => {
      sent += 1;
      if (sent > CROWD) allSent.resolve();
    };
    const crowd = Array.from({ length: CROWD }, () =>
      statusOf(`${page}health/live`, onSent).then((code) => {
        served += 1;
        return code;
      }),
    );
    const servedBefore = statusOf(`${health}health/live`, onSent).then(() => served);
    // Where the system lets fewer wait to be accepted, the rest come later.
    await Promise.race([allSent.promise, sleep(5_000)]);
    node.process.kill("SIGCONT");
    expect(new Set(await Promise.all(crowd))).toEqual(new Set([200]));
    expect(await servedBefore).toBeLessThan(CROWD / 2);

    const second = await run("--serve", "--dir", dir, "--port", "0", "--health-port", "x").ended;
    expect(second.err).toContain("--health-port");
    const port = new URL(health).port;
    const third = await run("--serve", "--dir", dir, "--port", "0", "--health-port", port).ended;
    expect(third.err).toContain("(cli.port_taken)");
    node.process.kill("SIGTERM");
    expect((await node.ended).code).toBe(0);
  } finally {
    remove();
  }
});
