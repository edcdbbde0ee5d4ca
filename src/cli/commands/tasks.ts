/** `longmen tasks`: the dead, having them done again, groups that wait. */
import { type Command, type CommandContext, jsonOption, textOption } from "../command.ts";
import { type ExitCode, exitCodes } from "../exit-codes.ts";
import { listAsked, listOptions } from "../gather-pages.ts";
import { malformed as malformedOf } from "../read-options.ts";
import { type AskedTasks, withTasks } from "../runs/asked-tasks.ts";
import { groupJson, groupsTable, runJson, runsTable } from "../runs/runs-text.ts";
import { type Verb, verbOf } from "../verbs.ts";

const ROWS = 20;
const PAGE_MAX = 1_000;
const malformed = (problem: string) => malformedOf("tasks", problem);

const verbs: Readonly<Record<string, Verb<AskedTasks>>> = {
  dead: { options: ["task", "limit", "after"], looks: false, read: readDead },
  groups: { options: ["limit", "after"], looks: false, read: readGroups },
  redrive: { options: ["task"], looks: false, read: readRedrive },
};

export const tasks: Command = {
  name: "tasks",
  words: "dead | redrive [ID] | groups TASK",
  summary: "tasks that failed for good, groups that wait",
  help: `
A task that is out of attempts is dead: it stays in a list of its own until it
is redriven. What it is and why it failed: \`longmen runs show ID\`. Enqueue one
with \`longmen runs start NAME\`. \`groups\` tells who waits at a task's limit: how
many are held before a group's door, and how many are inside.

  longmen tasks dead --task mail.send
  longmen tasks groups mail.send
  longmen tasks redrive r00w778hqtgeyg
  longmen tasks redrive --task mail.send    all dead ones of that name`,
  options: [
    { name: "task", value: "NAME", doc: "of this task only; redrive: all of them" },
    ...listOptions(ROWS).map((one) => ({ ...one, doc: `dead, groups: ${one.doc}` })),
    jsonOption,
  ],
  asksNodes: true,
  stopped: "what was redriven is redriven; start again to go on",
  run(context) {
    const act = verbOf(context, "tasks", verbs).read(context);
    return withTasks(context, act);
  },
};

function answer({ terminal, options }: CommandContext, json: object, text: string): ExitCode {
  terminal.answer(options["json"] === true ? JSON.stringify(json) : text);
  return exitCodes.done;
}

function readDead(context: CommandContext) {
  if (context.words.length > 1) throw malformed("dead takes no more words");
  const { rows, after } = listAsked(context, "tasks", ROWS);
  if (rows > PAGE_MAX) throw malformed(`--limit is at most ${PAGE_MAX}`);
  const task = textOption(context, "task");
  return async (asked: AskedTasks): Promise<ExitCode> => {
    const { items, cursor } = await asked.dead(task, { limit: rows, cursor: after });
    const text = items.length === 0 ? "no dead tasks" : runsTable(items);
    const code = answer(context, { tasks: items.map(runJson), cursor }, text);
    if (cursor !== undefined) context.terminal.say(`there may be more: --after ${cursor}`);
    return code;
  };
}

function readGroups(context: CommandContext) {
  const [, task, more] = context.words;
  if (task === undefined || more !== undefined) throw malformed("groups takes one TASK");
  const { rows, after } = listAsked(context, "tasks", ROWS);
  if (rows > PAGE_MAX) throw malformed(`--limit is at most ${PAGE_MAX}`);
  return async (asked: AskedTasks): Promise<ExitCode> => {
    const { items, cursor } = await asked.groups(task, { limit: rows, cursor: after });
    const text = items.length === 0 ? "no group waits" : groupsTable(items);
    const code = answer(context, { groups: items.map(groupJson), cursor }, text);
    if (cursor !== undefined) context.terminal.say(`there may be more: --after ${cursor}`);
    return code;
  };
}

function readRedrive(context: CommandContext) {
  const [, id, more] = context.words;
  const task = textOption(context, "task");
  if (more !== undefined || (id === undefined) === (task === undefined)) {
    throw malformed("redrive takes one ID, or --task for all dead ones of a name");
  }
  return async (asked: AskedTasks): Promise<ExitCode> => {
    const redriven = id === undefined ? await all(asked, task ?? "") : await one(asked, id);
    const noun = redriven === 1 ? "task is" : "tasks are";
    return answer(context, { redriven }, `${redriven} ${noun} done again`);
  };
}

async function one(asked: AskedTasks, id: string): Promise<number> {
  await asked.redrive(id);
  return 1;
}

async function all(asked: AskedTasks, task: string): Promise<number> {
  let sum = 0;
  for (;;) {
    const redriven = await asked.redriveAll(task, PAGE_MAX);
    sum += redriven;
    if (redriven < PAGE_MAX) return sum;
  }
}
