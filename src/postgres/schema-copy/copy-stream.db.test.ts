import { expect, onTestFinished, test } from "vitest";
import { checkout } from "../database.ts";
import { testDatabase } from "../testing.ts";
import { postgresMigrations } from "../index.ts";
import { copyOut } from "./copy-stream.ts";

const PAGE_BYTES = 1_048_576;
/** A row of one text: the count of its fields, the text's length, the text. */
const TEXT_LENGTH = 1_018;
const ROW_BYTES = 2 + 4 + TEXT_LENGTH;
const PAGES_WAITING_MAX = 4;

test("a stream that ends in the very moment in which it is paused goes on for whoever asks next", async () => {
  const { database } = await testDatabase({ migrations: [postgresMigrations] });
  const { client, release } = await checkout(database);
  onTestFinished(() => release(true));
  const rowsOfAPage = Math.floor(PAGE_BYTES / ROW_BYTES);
  // Right where the page comes that pauses it, and a few rows to either side.
  for (let more = -3; more <= 30; more += 3) {
    const rows = PAGES_WAITING_MAX * rowsOfAPage + more;
    const text = `copy (select repeat('x', ${TEXT_LENGTH}) from generate_series(1, ${rows}))
      to stdout (format binary)`;
    let count = 0;
    for await (const page of copyOut(client, text)) count += page.rows;
    expect(count).toBe(rows);
    const asked = await client.query<{ one: number }>("select 1 as one");
    expect(asked.rows).toEqual([{ one: 1 }]);
  }
});
