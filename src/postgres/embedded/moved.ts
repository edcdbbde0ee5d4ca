/**
 * A folder whose books have moved to another server says so itself, so that nobody goes on with old
 * books by mistake. *moving* is written before the commit over there, *moved* after it: between the
 * two nobody can tell here, and nothing starts here until somebody has looked.
 */
import { readFile, rm } from "node:fs/promises";
import path from "node:path";
import { fail } from "../../base/index.ts";
import { postgresErrors } from "../postgres.errors.ts";
import { folderError, type Layout, layoutOf, syncFolder, writeJsonFile } from "./folder.ts";

export interface Move {
  readonly state: "moving" | "moved";
  /** By which the copy over there is known again. */
  readonly id: string;
  /** Server, database and schema, without user and password. */
  readonly to: string;
  /** RFC 3339. */
  readonly at: string;
  /** Of a move that is done: what its mover has to tell of it, to who asks for it again. JSON. */
  readonly told?: unknown;
}

/** What a folder says of a move; undefined where there was none. Refuses: postgres.folder_unusable. */
export async function readMove(dir: string): Promise<Move | undefined> {
  return readMoveFile(layoutOf(path.resolve(dir)));
}

/** Notes it durably; undefined: there was none. Refuses: postgres.folder_unusable, disk_full. */
export async function noteMove(dir: string, move: Move | undefined): Promise<void> {
  const layout = layoutOf(path.resolve(dir));
  try {
    if (move !== undefined) return await writeJsonFile(layout.moved, move);
    await rm(layout.moved, { force: true });
    await syncFolder(layout.home);
  } catch (error) {
    throw folderError(layout.dir, error);
  }
}

/** Refuses: postgres.folder_moved, move_undecided, folder_unusable. */
export async function checkNotMoved(layout: Layout): Promise<void> {
  const move = await readMoveFile(layout);
  if (move === undefined) return;
  const details = { dir: layout.dir, to: move.to, file: layout.moved };
  throw fail(postgresErrors, move.state === "moved" ? "folder_moved" : "move_undecided", details);
}

async function readMoveFile(layout: Layout): Promise<Move | undefined> {
  let text: string;
  try {
    text = await readFile(layout.moved, "utf8");
  } catch (error) {
    const isMissing = error instanceof Error && "code" in error && error.code === "ENOENT";
    if (isMissing) return undefined;
    throw folderError(layout.dir, error);
  }
  const move = parsed(text);
  if (move !== undefined) return move;
  // Whatever was meant by it, books may be elsewhere.
  const reason = `${layout.moved} is damaged`;
  throw fail(postgresErrors, "folder_unusable", { dir: layout.dir, reason });
}

function parsed(text: string): Move | undefined {
  try {
    const { state, id, to, at, told } = JSON.parse(text) as Record<string, unknown>;
    const isState = state === "moving" || state === "moved";
    const isWhole = typeof id === "string" && typeof to === "string" && typeof at === "string";
    return isState && isWhole ? { state, id, to, at, told } : undefined;
  } catch {
    return undefined;
  }
}
