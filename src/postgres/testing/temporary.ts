import { mkdtemp, statfs } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";

export const MEMORY = "/dev/shm";
const ROOMY = 2 * 1024 ** 3;

/** Where test folders go: into memory if there is plenty, since each server is thousands of small files. */
export async function temporary(prefix: string): Promise<string> {
  const memory = await statfs(MEMORY).catch(() => undefined);
  const roomy = memory !== undefined && memory.bavail * memory.bsize > ROOMY;
  return mkdtemp(path.join(roomy ? MEMORY : tmpdir(), prefix));
}
