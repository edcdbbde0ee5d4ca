import { LongmenError } from "../../base/index.ts";

/** The refusal that some work is to end with. */
export function refusalOf(work: () => unknown): LongmenError {
  try {
    work();
  } catch (error) {
    if (error instanceof LongmenError) return error;
    throw error;
  }
  throw new Error("it was not refused");
}
