/** `npm run generate` writes anew what is made from the code, and says what changed. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { referencePages, type ReferencePage } from "./reference.ts";
import { renderSchema, SCHEMA_PATH } from "./schema.ts";

const root = fileURLToPath(new URL("..", import.meta.url));

// Made with a database, so a test of the store compares it, not the tidy one.
const schema: ReferencePage = { path: SCHEMA_PATH, render: renderSchema };

for (const page of [...referencePages, schema]) {
  const file = join(root, page.path);
  const before = existsSync(file) ? readFileSync(file, "utf8") : undefined;
  const text = await page.render(root);
  mkdirSync(dirname(file), { recursive: true });
  if (text !== before) writeFileSync(file, text);
  process.stdout.write(`${page.path}: ${text === before ? "as it was" : "written"}\n`);
}
