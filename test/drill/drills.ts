/** The drills: each breaks something under load, waits until work goes on, and checks the books. */
import { randomBytes } from "node:crypto";
import { mkdir } from "node:fs/promises";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { proxyTo } from "../simulate/proxy.ts";
import { readAcks } from "./acks.ts";
import { backUp, restoreAndCheck } from "./backup-drill.ts";
import { checkBook, type Checked } from "./check.ts";
import { handEdits } from "./hand-edits.ts";
import { laterVersions } from "./later-version.ts";
import { finish, startNode, type NodeInput, type NodeProcess } from "./node-process.ts";
import { type Site, siteBeside } from "./site.ts";

export interface Drill {
  /** A sentence, with the promises it is about. */
  readonly title: string;
  run(site: Site): Promise<Checked>;
}

/** Acknowledgements between one blow and the next: the load is on again. */
const WORK = 300;
const TOLD_MS = 30_000;
const MEMORY_MAX_BYTES = 300 * 2 ** 20;

class Scene {
  readonly site: Site;
  readonly book: string;
  readonly dir: string;
  readonly files: string[] = [];
  readonly running = new Set<NodeProcess>();
  #started = 0;

  constructor(site: Site, book: string, dir: string) {
    this.site = site;
    this.book = book;
    this.dir = dir;
  }

  async start(more: Partial<NodeInput> = {}): Promise<NodeProcess> {
    this.#started += 1;
    const { server, schema } = this.site;
    const { url } = server;
    const name = `n${this.#started}`;
    const node = await startNode({ name, url, schema, book: this.book, dir: this.dir, ...more });
    this.files.push(node.acks);
    this.running.add(node);
    void node.ended.then(() => this.running.delete(node));
    return node;
  }
}

/** Sets the scene, and leaves no process behind, however the drill goes. */
async function stage(site: Site, play: (scene: Scene) => Promise<string[]>): Promise<Checked> {
  const book = await site.newBook();
  const dir = path.join(site.dir, "acks", book.replace("/", "-"));
  await mkdir(dir, { recursive: true });
  const scene = new Scene(site, book, dir);
  try {
    const findings = await play(scene);
    for (const node of [...scene.running]) await finish(node);
    const checked = await checkBook(site, book, scene.files);
    return { ...checked, findings: [...findings, ...checked.findings] };
  } finally {
    for (const node of scene.running) node.signal("SIGKILL");
  }
}

const killNode: Drill = {
  title: "loses nothing when a node is killed under load (P1, P2, P4)",
  run: (site) =>
    stage(site, async (scene) => {
      const steady = await scene.start();
      for (let times = 0; times < 2; times++) {
        const victim = await scene.start();
        await victim.answered(WORK);
        victim.signal("SIGKILL");
        await victim.ended;
        await steady.answered(WORK);
      }
      return [];
    }),
};

/** So long a point may take to be passed 25 times. */
const POINT_MS = 40_000;
const POINTS = ["lane.after_send", "lane.committed", "lane.lock_held", "lane.before_send"];

const killAtPoints: Drill = {
  title: "loses nothing when a node is killed at each boundary of a commit (P1, P2)",
  run: (site) =>
    stage(site, async (scene) => {
      const findings: string[] = [];
      for (const point of POINTS) {
        // What happens before a send without a lock happens only to a node that is alone.
        const other = point === "lane.before_send" ? undefined : await scene.start({ callers: 4 });
        await other?.answered(20);
        const victim = await scene.start({ faults: `${point}=kill@25` });
        const how = await Promise.race([victim.ended, sleep(POINT_MS)]);
        if (how !== "SIGKILL") findings.push(`${point} was never passed 25 times`);
        await other?.answered(20);
        for (const node of [...scene.running]) await finish(node);
      }
      return findings;
    }),
};

const killDatabase: Drill = {
  title: "loses nothing when PostgreSQL is killed under load, and goes on by itself (P1, P2, P4)",
  run: (site) =>
    stage(site, async (scene) => {
      const nodes = [await scene.start(), await scene.start()];
      for (const node of nodes) await node.answered(WORK);
      process.kill(site.server.pid(), "SIGKILL");
      for (const node of nodes) await node.answered(WORK);
      return [];
    }),
};

const pauseNode: Drill = {
  title: "writes nothing from stale memory when a paused node wakes up (P1, P3, P4)",
  run: (site) =>
    stage(site, async (scene) => {
      const [sleeper, other] = [await scene.start(), await scene.start()];
      await sleeper.answered(WORK);
      for (let times = 0; times < 2; times++) {
        sleeper.signal("SIGSTOP");
        // Whoever waits for what the sleeper holds waits until it wakes: that much is its right.
        await Promise.race([other.answered(WORK), sleep(2_500)]).catch(() => undefined);
        sleeper.signal("SIGCONT");
        await sleeper.answered(WORK);
        await other.answered(WORK);
      }
      return [];
    }),
};

const loseReplies: Drill = {
  title: "does nothing twice when replies and requests are lost on the way (P1, P2)",
  run: (site) =>
    stage(site, async (scene) => {
      const proxy = await proxyTo(site.server.url);
      try {
        const node = await scene.start({ url: proxy.url });
        const other = await scene.start({ callers: 4 });
        for (let times = 0; times < 12; times++) {
          await node.answered(40);
          if (times % 3 === 0) proxy.loseNextRequest();
          else if (times % 3 === 1) proxy.loseNextReply();
          else proxy.cut();
        }
        await node.answered(WORK);
        await other.answered(20);
        for (const each of [node, other]) await finish(each);
        return [];
      } finally {
        proxy.close();
      }
    }),
};

const fillQueue: Drill = {
  title: "sends away at once what is too much, and books none of it (P7)",
  run: (site) =>
    stage(site, async (scene) => {
      const node = await scene.start({ flood: true });
      await node.ended;
      const told = readAcks(node.acks).find((ack) => "flooded" in ack);
      if (told === undefined) return [`the flooded node ended early: ${node.complaint()}`];
      const { overloaded, other, startRss, peakRss, calls } = told.flooded;
      const findings: string[] = [];
      if (overloaded === 0) findings.push("nobody was sent away: the queue was never full");
      if (overloaded === calls) findings.push("everybody was sent away");
      if (other > 0) findings.push(`${other} calls failed otherwise`);
      if (peakRss - startRss > MEMORY_MAX_BYTES) {
        findings.push(`memory grew by ${Math.round((peakRss - startRss) / 2 ** 20)} MiB`);
      }
      return findings;
    }),
};

const restoreBackup: Drill = {
  title: "has in a backup taken under load what was acknowledged before it (P1, P2, P4)",
  run: (site) =>
    stage(site, async (scene) => {
      const [steady, victim] = [await scene.start(), await scene.start()];
      await victim.answered(WORK);
      const backup = await backUp(site, scene.files);
      victim.signal("SIGKILL");
      process.kill(site.server.pid(), "SIGKILL");
      await victim.ended;
      await steady.answered(WORK);
      await finish(steady);
      return restoreAndCheck(site, scene.book, backup);
    }),
};

const editByHand: Drill = {
  title: "names the row that somebody edited by hand (P4)",
  run: (site) =>
    stage(site, async (scene) => {
      const node = await scene.start({ callers: 10 });
      await node.answered(WORK);
      await finish(node);
      return site.withBook(scene.book, handEdits);
    }),
};

const twoVersions: Drill = {
  title:
    "two versions write one book while nodes of both are killed; who is too old stops (P1, P2)",
  run: async (beside) => {
    const site = await siteBeside(beside, `versions_${randomBytes(4).toString("hex")}`);
    const { next, afterNext } = await laterVersions(site.dir);
    return stage(site, async (scene) => {
      const now = await scene.start();
      await now.answered(WORK);
      const later = await scene.start({ migrations: next });
      for (const node of [later, now]) await node.answered(WORK);
      later.signal("SIGKILL");
      await later.ended;
      await now.answered(WORK);
      const again = await scene.start({ migrations: next });
      await again.answered(WORK);
      now.signal("SIGKILL");
      await now.ended;
      const last = await scene.start();
      for (const node of [last, again]) await node.answered(WORK);
      // From here on only who knows the migration before may stay.
      const newest = await scene.start({ migrations: afterNext });
      for (const node of [newest, again]) await node.answered(WORK);
      const isTold = () => readAcks(last.acks).some((ack) => "shutOut" in ack);
      // With what it asks next, however long that takes.
      const until = performance.now() + TOLD_MS;
      while (!isTold() && performance.now() < until) await sleep(50);
      return isTold() ? [] : ["the node that is too old was not told so"];
    });
  },
};

export const drills: readonly Drill[] = [
  killNode,
  killAtPoints,
  killDatabase,
  pauseNode,
  loseReplies,
  fillQueue,
  restoreBackup,
  editByHand,
  twoVersions,
];
