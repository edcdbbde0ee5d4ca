/** What keeps failing in the same way, told once: somebody reads the log in the middle of it. */
import { type Logger, LongmenError } from "../../base/index.ts";
import { translateDatabaseError } from "../translate.ts";

export interface Outage {
  /** Logs it unless it is what was logged last; what has a name goes without its stack. */
  failed(error: unknown): void;
  /** It is over; if anything was logged, that is, too. */
  over(): void;
}

export function outage(
  log: Logger | undefined,
  fields: Readonly<Record<string, unknown>>,
  says: { readonly failed: string; readonly over: string },
): Outage {
  let told: string | undefined;
  let failures = 0;
  return {
    failed(error) {
      failures += 1;
      const named = translateDatabaseError(error);
      const isNamed = named instanceof LongmenError;
      const reason = isNamed ? named.code : String(error);
      if (reason === told) return;
      told = reason;
      const why = isNamed ? { code: named.code, reason: named.message } : { error };
      log?.warn({ ...fields, ...why }, says.failed);
    },
    over() {
      if (told !== undefined) log?.info({ ...fields, failures }, says.over);
      told = undefined;
      failures = 0;
    },
  };
}

/** For a lane that can't connect: it comes again several times a second. */
export function connectOutage(options: {
  readonly name: string;
  readonly log?: Logger | undefined;
}): Outage {
  const says = { failed: "the lane can't connect", over: "the lane is connected again" };
  return outage(options.log, { lane: options.name }, says);
}
