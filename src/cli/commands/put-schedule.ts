/** `longmen schedules put | remove | preview`: what is asked of them, read from the command line. */
import { parseRfc3339, systemClock, toRfc3339 } from "../../base/index.ts";
import type { PlanAsked, PutSchedule } from "../../client/index.ts";
import { describePlan, nextTick, type PlanRequest, readPlan } from "../../schedule/index.ts";
import { type CommandContext, type CommandOption, neededOption, textOption } from "../command.ts";
import type { ExitCode } from "../exit-codes.ts";
import { answer, jsonIn, payloadOption, wordsAfter } from "../payload-option.ts";
import { malformed, timeOption, wholeOption } from "../read-options.ts";
import type { AskedSchedules } from "../runs/asked-schedules.ts";
import { utcText } from "../time-text.ts";

const COMMAND = "schedules";
const PREVIEWED = 5;

export const planOptions = ["cron", "zone", "every", "at"] as const;
export const putOptions = [...planOptions, "to", "with"];

export const optionsOfPut: readonly CommandOption[] = [
  { name: "cron", value: "CRON", doc: '5 to 7 fields: "0 30 2 * * MON-FRI"' },
  { name: "zone", value: "ZONE", doc: "of --cron: Europe/Berlin; UTC if not given" },
  { name: "every", value: "MS", doc: "in place of --cron: every so many milliseconds" },
  { name: "at", value: "TIME", doc: "in place of --cron: once" },
  { name: "to", value: "FLOW|CALL", doc: 'NAME, or {"url":"https://…","secret":"NAME"}' },
  { name: "with", value: "JSON", doc: 'the rest: {"misfire":"all","overlap":"queue"}' },
  { name: "from-code", doc: "remove: also what was defined in code" },
];

/** Refuses: cli.option_malformed, base.time_malformed. */
function planAsked(context: CommandContext): PlanAsked {
  const given = (["cron", "every", "at"] as const).filter(
    (name) => textOption(context, name) !== undefined,
  );
  if (given.length !== 1) throw malformed(COMMAND, "give one of --cron, --every and --at");
  const zone = textOption(context, "zone");
  if (zone !== undefined && given[0] !== "cron") throw malformed(COMMAND, "--zone is of --cron");
  const limits = { command: COMMAND, least: 1, most: Number.MAX_SAFE_INTEGER };
  return present({
    ...{ cron: textOption(context, "cron"), zone },
    everyMs: wholeOption(context, "every", limits),
    at: timeOption(context, "at"),
  });
}

type Present<T> = { [K in keyof T]?: Exclude<T[K], undefined> };
const present = <T extends object>(fields: T): Present<T> =>
  Object.fromEntries(
    Object.entries(fields).filter(([, value]) => value !== undefined),
  ) as Present<T>;

/** What has no option of its own, by the names that it has over HTTP. Refuses: cli.option_malformed. */
function restAsked(context: CommandContext): Partial<PutSchedule> {
  const rest = jsonIn(context, COMMAND, "with") ?? {};
  if (typeof rest !== "object" || Array.isArray(rest))
    throw malformed(COMMAND, "--with is no object");
  const { anchorAt, ...others } = rest as Readonly<Record<string, unknown>>;
  const own = Object.keys(others).find((name) => OWN.includes(name));
  if (own !== undefined) throw malformed(COMMAND, `--with has no ${own}: it has its own option`);
  if (anchorAt === undefined) return others;
  if (typeof anchorAt !== "string") throw malformed(COMMAND, "anchorAt of --with is a time");
  return { ...others, anchorAt: parseRfc3339(anchorAt) };
}

const OWN: readonly string[] = ["cron", "zone", "everyMs", "at", "flow", "call", "input"];

/** Refuses: cli.option_malformed, what `readPlan` refuses. */
export function readPut(context: CommandContext) {
  const [name = ""] = wordsAfter(context, COMMAND, ["NAME"]);
  const plan = planAsked(context);
  readPlan(plan as PlanRequest);
  const to = neededOption(context, COMMAND, "to");
  const target = to.startsWith("{")
    ? { call: jsonIn(context, COMMAND, "to") as NonNullable<PutSchedule["call"]> }
    : { flow: to };
  const input = present({ input: payloadOption(context, COMMAND, "input") });
  return { name, schedule: { ...plan, ...target, ...input, ...restAsked(context) } };
}

export function readRemove(context: CommandContext) {
  const [name = ""] = wordsAfter(context, COMMAND, ["NAME"]);
  const fromCode = context.options["from-code"] === true;
  return async (asked: AskedSchedules): Promise<ExitCode> => {
    await asked.remove(name, fromCode);
    return answer(context, { status: "removed" }, `${name} is removed; its runs go on`);
  };
}

/** Asks nobody: a plan is pure. Refuses: cli.option_malformed, what `readPlan` refuses. */
export function previewOf(context: CommandContext): ExitCode {
  wordsAfter(context, COMMAND, []);
  const plan = readPlan(planAsked(context) as PlanRequest);
  const ticks: number[] = [];
  let tick = nextTick(plan, systemClock.now());
  while (tick !== undefined && ticks.length < PREVIEWED) {
    ticks.push(tick);
    tick = nextTick(plan, tick);
  }
  const [en, zh] = [describePlan(plan, "en"), describePlan(plan, "zh")];
  const lines = ticks.map((at, place) => {
    return `${(place === 0 ? "next" : "").padEnd(10)}${utcText(at)}`;
  });
  const none = lines.length === 0 ? ["next      never: its time has passed"] : lines;
  const text = [`${"plan".padEnd(10)}${en}`, ...none].join("\n");
  return answer(context, { items: ticks.map(toRfc3339), en, zh }, text);
}
