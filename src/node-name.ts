import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { fail, isId, LongmenError, newId } from "./base/index.ts";
import { configErrors } from "./config.errors.ts";
import type { Config } from "./config.ts";

const NODE_FILE = "node";

/**
 * The name of this node: LONGMEN_NODE, or the host's name with a random part that is made on first
 * use and kept in the folder, so that a node is the same one after a restart. Two processes that
 * are to be two nodes need two folders, or two names.
 * Safe to repeat: yes, and by several processes at once. Refuses: config.node_name_unusable.
 */
export function nodeName(
  config: Pick<Config, "dir"> & { readonly node?: string | undefined },
): string {
  if (config.node !== undefined) return config.node;
  const path = join(config.dir, NODE_FILE);
  try {
    return keptName(path) ?? keepName(config.dir, path);
  } catch (error) {
    if (error instanceof LongmenError || !(error instanceof Error && "code" in error)) throw error;
    throw fail(configErrors, "node_name_unusable", { path, problem: error.message }, error);
  }
}

function keptName(path: string): string | undefined {
  let name: string;
  try {
    name = readFileSync(path, "utf8").trim();
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  }
  if (isId(name)) return name;
  throw fail(configErrors, "node_name_unusable", { path, problem: "it holds no name; delete it" });
}

/** Whole or not at all: a link appears with its content, and only for the first who makes it. */
function keepName(dir: string, path: string): string {
  const host = hostname()
    .toLowerCase()
    .replace(/[^a-z0-9-]/g, "-")
    .slice(0, 40);
  const id = newId();
  const name = `${host.replace(/^-+/, "") || "node"}-${id.slice(-8)}`;
  const draft = join(dir, `${NODE_FILE}-${id}`);
  mkdirSync(dir, { recursive: true });
  try {
    writeFileSync(draft, `${name}\n`, { flag: "wx", mode: 0o600 });
    linkSync(draft, path);
    return name;
  } catch (error) {
    const first = error instanceof Error && "code" in error && error.code === "EEXIST";
    const kept = first ? keptName(path) : undefined;
    if (kept !== undefined) return kept;
    throw error;
  } finally {
    rmSync(draft, { force: true });
  }
}
