import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { referencePages } from "../../scripts/reference.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));

test.each(referencePages)("$path says what the code says: else npm run generate", async (page) => {
  expect(readFileSync(join(root, page.path), "utf8")).toBe(await page.render(root));
});
