import { expect, test } from "vitest";
import { promisedFiles, subpaths } from "./promised-files.ts";

const manifest = {
  bin: { longmen: "./dist/cli/bin.js" },
  exports: {
    "./ledger": {
      "longmen-source": "./src/ledger/index.ts",
      types: "./dist/ledger/index.d.ts",
      default: "./dist/ledger/index.js",
    },
    "./package.json": "./package.json",
  },
};

test("knows every file an import or a command would open, and no source", () => {
  expect(promisedFiles(manifest)).toEqual([
    "./dist/cli/bin.js",
    "./dist/ledger/index.d.ts",
    "./dist/ledger/index.js",
    "./package.json",
  ]);
});

test("names the subpaths as their importers write them", () => {
  expect(subpaths(manifest)).toEqual(["longmen/ledger"]);
});
