/** `longmen keys`: who may use this house from outside. Whoever has the machine has this command. */
import { type Access, type KeyView, parseScope, scopeText } from "../../access/index.ts";
import { fail, parseRfc3339, toRfc3339 } from "../../base/index.ts";
import { cliErrors } from "../cli.errors.ts";
import { type Command, type CommandContext, jsonOption, textOption } from "../command.ts";
import { exitCodes } from "../exit-codes.ts";
import { migrations, openHouse } from "../open-house.ts";
import { operator } from "../operator.ts";
import { shownInLine } from "../shown.ts";
import { utcText } from "../time-text.ts";

/** What is to be done, once a database is there; answers the object of --json, or text for people. */
type Act = (access: Access) => Promise<{ readonly json: object; readonly text: string }>;

const verbs: Readonly<Record<string, (context: CommandContext) => Act>> = {
  list,
  create,
  rotate,
  revoke,
};

const OWN_OPTIONS: Readonly<Record<string, readonly string[]>> = {
  create: ["owner", "kind", "scopes", "expires", "note"],
  rotate: ["grace"],
};

export const keys: Command = {
  name: "keys",
  words: "list | create | rotate KEY | revoke KEY",
  summary: "make, list, rotate, revoke keys of persons and services",
  help: `
KEY is the 12 letters behind lm_. A token is shown once, on standard output.
Actions: read, write, define (books, accounts), verify, keys, admin (all);
shop.buy, .read, .operate, .provide, .define, .approve, .decide; and on runs of
flows runs.read@FLOW, runs.write@FLOW, runs.operate@FLOW.

  longmen keys create --owner ann --scopes admin
  longmen keys create --owner till-7 --scopes "write@retail:shop/a read@retail"
  longmen keys rotate k4xw2mbq7ze3 --grace 3600   the old one: an hour more`,
  options: [
    { name: "owner", value: "NAME", doc: "create: who answers for the key" },
    { name: "kind", value: "KIND", doc: "create: person or service; person if not given" },
    {
      name: "scopes",
      value: "SCOPES",
      doc: "create: ACTION@BOOK or ACTION@BOOK:PREFIX, with spaces",
    },
    { name: "expires", value: "TIME", doc: "create: until when, as 2027-01-31T00:00:00Z" },
    { name: "note", value: "TEXT", doc: "create: what it is for, in a line" },
    { name: "grace", value: "SECONDS", doc: "rotate: how long the old token is good yet, 0" },
    jsonOption,
  ],
  async run(context) {
    const { terminal, options } = context;
    // The words are read before a database is started for them.
    const act = actOf(context);
    const looks = context.words[0] === "list" ? migrations : undefined;
    const opened = await openHouse(context, { beside: true, looks });
    try {
      const { json, text } = await act(opened.access);
      terminal.answer(options["json"] === true ? JSON.stringify(json) : text);
      return exitCodes.done;
    } finally {
      await opened.close();
    }
  },
};

function actOf(context: CommandContext): Act {
  const [verb = "", ...rest] = context.words;
  const make = Object.hasOwn(verbs, verb) ? verbs[verb] : undefined;
  if (make === undefined) throw malformed("say what to do: list, create, rotate KEY or revoke KEY");
  const takesKey = verb === "rotate" || verb === "revoke";
  if (rest.length !== (takesKey ? 1 : 0)) {
    throw malformed(takesKey ? `${verb} takes one KEY` : `${verb} takes no further word`);
  }
  for (const name of Object.values(OWN_OPTIONS).flat()) {
    if (context.options[name] === undefined || OWN_OPTIONS[verb]?.includes(name)) continue;
    throw malformed(`${verb} takes no --${name}`);
  }
  return make(context);
}

function list({ terminal }: CommandContext): Act {
  return async (access) => {
    const found: KeyView[] = [];
    let cursor: string | undefined;
    do {
      const page = await access.list({ cursor, limit: 1_000 });
      found.push(...page.items);
      cursor = page.cursor;
    } while (cursor !== undefined);
    if (found.length === 0) terminal.say("there is no key yet; `longmen keys create` makes one");
    return { json: { keys: found.map(keyJson) }, text: found.map(keyText).join("\n") };
  };
}

function create(context: CommandContext): Act {
  const owner = textOption(context, "owner");
  const scopes = textOption(context, "scopes");
  if (owner === undefined || scopes === undefined) {
    throw malformed("create needs --owner and --scopes");
  }
  const kind = textOption(context, "kind") ?? "person";
  if (kind !== "person" && kind !== "service") throw malformed("--kind is person or service");
  const expires = textOption(context, "expires");
  const asked = {
    owner,
    ownerKind: kind,
    scopes: scopes.trim().split(/\s+/).map(parseScope),
    expiresAt: expires === undefined ? undefined : parseRfc3339(expires),
    note: textOption(context, "note"),
  } as const;
  return async (access) => tokenShown(context, await access.create(asked, operator()));
}

function rotate(context: CommandContext): Act {
  const grace = textOption(context, "grace") ?? "0";
  if (!/^\d{1,9}$/.test(grace)) throw malformed("--grace is a whole number of seconds");
  const graceMs = Number(grace) * 1_000;
  const keyId = keyOf(context);
  return async (access) => tokenShown(context, await access.rotate(keyId, { graceMs }, operator()));
}

function revoke(context: CommandContext): Act {
  const keyId = keyOf(context);
  return async (access) => {
    const key = await access.revoke(keyId, operator());
    return { json: { key: keyJson(key) }, text: keyText(key) };
  };
}

/** The token alone goes to standard output, so that it can be piped to where secrets are kept. */
function tokenShown(
  { terminal }: CommandContext,
  { key, token }: { readonly key: KeyView; readonly token: string },
) {
  terminal.say(`${keyText(key)}\nIts token, shown this once:`);
  return { json: { key: keyJson(key), token }, text: token };
}

/** A whole token is taken for its key: who has only that may rotate it. Its secret goes no further. */
function keyOf({ words }: CommandContext): string {
  const [, word = ""] = words;
  return /^lm_([a-z2-7]{12})_/.exec(word)?.[1] ?? word;
}

function keyJson(key: KeyView): object {
  const timed = { ...key, scopes: key.scopes.map(scopeText) };
  return Object.fromEntries(
    Object.entries(timed).map(([name, value]) => [
      name,
      typeof value === "number" ? toRfc3339(value) : value,
    ]),
  );
}

function keyText(key: KeyView): string {
  const { keyId, state, owner, ownerKind, scopes, note, expiresAt } = key;
  const until = expiresAt === undefined ? "" : `, until ${utcText(expiresAt)}`;
  return [
    `${keyId}  ${state.padEnd(7)}  ${owner} (${ownerKind})${until}`,
    ...scopes.map((scope) => `    ${scopeText(scope)}`),
    ...(note === undefined ? [] : [`    ${shownInLine(note)}`]),
  ].join("\n");
}

function malformed(problem: string) {
  return fail(cliErrors, "option_malformed", { problem, command: "keys" });
}
