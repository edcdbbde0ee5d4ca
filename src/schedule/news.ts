/** What was made or changed on this node just now, and is due before other nodes look: it is expected here. */
import { readNews } from "./schedule.sql.ts";
import { HORIZON_MS, type ScheduleNode } from "./fire/schedule-node.ts";

const GATHER_MS = 20;
const NAMES_MAX = 500;

export class News {
  private readonly node: ScheduleNode;
  private names: string[] = [];
  private telling = false;

  constructor(node: ScheduleNode) {
    this.node = node;
  }

  /** Of a schedule that is committed. */
  add(name: string, dueAt: number | null): void {
    if (dueAt === null || dueAt > this.node.time.now() + HORIZON_MS) return;
    this.names.push(name);
    if (this.telling) return;
    this.telling = true;
    setTimeout(() => void this.tell(), GATHER_MS).unref();
  }

  private async tell(): Promise<void> {
    while (this.names.length > 0 && !this.node.isClosed) {
      const names = this.names.splice(0, NAMES_MAX);
      const rows = await this.node.database.run(readNews, { names }).catch(() => []);
      for (const row of rows) this.node.expect(row, true);
    }
    this.telling = false;
  }
}
