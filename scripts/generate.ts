/** `npm run generate` writes docs/reference/ anew from the code and says what changed. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { referencePages } from "./reference.ts";

const root = fileURLToPath(new URL("..", import.meta.url));

for (const page of referencePages) {
  const file = join(root, page.path);
  const before = existsSync(file) ? readFileSync(file, "utf8") : undefined;
  const text = await page.render(root);
  mkdirSync(dirname(file), { recursive: true });
  if (text !== before) writeFileSync(file, text);
  process.stdout.write(`${page.path}: ${text === before ? "as it was" : "written"}\n`);
}
