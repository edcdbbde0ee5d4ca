import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";

/** The repository as the rules see it: every text file by its path from the root, with `/`. */
export type Tree = ReadonlyMap<string, string>;

/** One thing that isn't as the house wants it. `line` counts from 1. */
export interface Finding {
  readonly path: string;
  readonly line?: number;
  readonly message: string;
}

/** Made by tools or too large to be read as text; none of it is written by hand. */
const notOurs = new Set(["node_modules", "dist", ".git", ".longmen", "coverage"]);
const notText = /\.(gz|png|jpg|ico|woff2|tgz)$/;

/** Reads the working tree at `root`. Git is not asked: a downloaded archive is tidy, too. */
export function readTree(root: string): Tree {
  const files = new Map<string, string>();
  const visit = (folder: string): void => {
    for (const name of readdirSync(join(root, folder)).sort()) {
      if (notOurs.has(name)) continue;
      const path = folder === "" ? name : `${folder}/${name}`;
      const found = statSync(join(root, path));
      if (found.isDirectory()) visit(path);
      else if (found.isFile() && !notText.test(name)) {
        files.set(path, readFileSync(join(root, path), "utf8"));
      }
    }
  };
  visit("");
  return files;
}

/** A small repository written down in a test: path to text. */
export function treeOf(files: Readonly<Record<string, string>>): Tree {
  return new Map(Object.entries(files));
}

/** Whether a path is a file or a folder of the tree. */
export function exists(tree: Tree, path: string): boolean {
  if (tree.has(path)) return true;
  const prefix = path.endsWith("/") ? path : `${path}/`;
  for (const file of tree.keys()) if (file.startsWith(prefix)) return true;
  return false;
}

/** A finding as one line a terminal can jump to. */
export function describeFinding(finding: Finding): string {
  const place = finding.line === undefined ? finding.path : `${finding.path}:${finding.line}`;
  return `${place}  ${finding.message}`;
}
