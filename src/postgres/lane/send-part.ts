/** One statement of a flush on its way to the server. Errors come as the driver throws them. */
import type pg from "pg";
import { sendCopy } from "../copy.ts";
import { asPrepared } from "../prepared.ts";
import type { FlushStatement } from "./unit.ts";

const keepCell = (cell: string): string => cell;
const asText = { getTypeParser: () => keepCell };

export function sendPart(client: pg.ClientBase, part: FlushStatement): Promise<unknown> {
  if ("copied" in part) return sendCopy(client, part.text, part.copied);
  const { text, values } = part;
  const { name } = asPrepared(client, part);
  return client.query({ name, text, values: [...values], rowMode: "array", types: asText });
}
