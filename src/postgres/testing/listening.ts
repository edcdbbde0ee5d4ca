import { Client } from "pg";
import { onTestFinished } from "vitest";

/** Listens to a channel until the test ends; answers how many notifications came so far. */
export async function listening(url: string, channel: string): Promise<() => number> {
  const client = new Client({ connectionString: url });
  await client.connect();
  onTestFinished(() => client.end());
  let heard = 0;
  client.on("notification", () => (heard += 1));
  await client.query(`listen "${channel}"`);
  return () => heard;
}
