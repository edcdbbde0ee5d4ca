import { get } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { freshDir, run } from "./command.ts";

const CROWD = 1_500;

/** On a connection of its own. */
const statusOf = (url: string): Promise<number | undefined> =>
  new Promise((resolve, reject) => {
    get(url, { agent: false }, (response) => {
      response.resume();
      resolve(response.statusCode);
    }).on("error", reject);
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
    let served = 0;
    const crowd = Array.from({ length: CROWD }, () =>
      statusOf(`${page}health/live`).then((code) => {
        served += 1;
        return code;
      }),
    );
    const servedBefore = statusOf(`${health}health/live`).then(() => served);
    await sleep(500);
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
