/** `longmen catalog`: types, plans and products saved, sold and found; as a file; and what it would cost. */
import { fail, type LongmenError } from "../../base/index.ts";
import { catalogErrors } from "../../catalog/index.ts";
import type {
  CatalogHit,
  CatalogKind,
  CatalogSearch,
  CatalogSettings,
  Definition,
  Shop,
} from "../../client/index.ts";
import { bookOption } from "../asked-book.ts";
import { type Command, type CommandContext, jsonOption, textOption } from "../command.ts";
import type { ExitCode } from "../exit-codes.ts";
import { gathered, listAsked, listOptions } from "../gather-pages.ts";
import { answer, jsonIn, wordsAfter } from "../payload-option.ts";
import {
  malformed as malformedOf,
  QUANTITIES_RULE,
  timeOption,
  wholeOption,
} from "../read-options.ts";
import { RETAIL_BOOK } from "../replay/replay.ts";
import { withShop } from "../selling/asked-shop.ts";
import { exportFile, importFile } from "../selling/catalog-files.ts";
import { readCheck, readQuote, readRequote } from "../selling/ask-quote.ts";
import { jsonAt } from "../selling/read-file.ts";
import { table } from "../table.ts";
import { durationText, secondText, timed, utcText } from "../time-text.ts";
import { type Verb, verbOf } from "../verbs.ts";

const COMMAND = "catalog";
const ROWS = 20;
/** Hits of a search that are answered at once. */
const SEARCHED_MAX = 100;
const VERSION_MAX = 2 ** 31 - 2;
const kinds = ["type", "plan", "product"] as const;
const malformed = (problem: string) => malformedOf(COMMAND, problem);

type CatalogVerb = Verb<Shop>;

const state = (name: "publish" | "withdraw"): CatalogVerb => ({
  options: ["expected", "from"],
  looks: false,
  read(context) {
    const [code = ""] = wordsAfter(context, COMMAND, ["CODE"]);
    const edit = editIn(context);
    return async ({ catalog }) => saved(context, await catalog[name](code, edit));
  },
});

const verbs: Readonly<Record<string, CatalogVerb>> = {
  open: { options: ["with"], looks: false, read: readOpen },
  settings: { options: [], looks: true, read: readSettings },
  save: { options: ["expected", "from"], looks: false, read: readSave },
  publish: state("publish"),
  withdraw: state("withdraw"),
  show: { options: [], looks: true, read: readShow },
  list: { options: ["limit", "after"], looks: true, read: readList },
  search: { options: ["state", "with", "limit", "after"], looks: true, read: readSearch },
  "buy-page": { options: [], looks: true, read: readBuyPage },
  quote: {
    options: ["quote-key", "with", "attributes"],
    looks: false,
    read: (context) => readQuote(context, COMMAND),
  },
  check: { options: [], looks: true, read: (context) => readCheck(context, COMMAND) },
  requote: {
    options: ["quote-key"],
    looks: false,
    read: (context) => readRequote(context, COMMAND),
  },
  import: { options: ["dry-run", "keep", "from", "charset"], looks: false, read: importFile },
  export: { options: ["bom"], looks: true, read: exportFile },
};

export const catalog: Command = {
  name: COMMAND,
  words:
    "open | settings | save KIND CODE FILE | show KIND CODE | publish|withdraw CODE | list type|plan | search [TEXT] | buy-page CODE | quote SKU=QUANTITY … | export [TYPE] | check|requote QUOTE | import FILE",
  aboveZero: QUANTITIES_RULE,
  summary: "what is sold: save, publish, search, quote; CSV in and out",
  help: `
KIND is type, plan or product, a JSON file: docs/guides/catalog.md has some.`,
  options: [
    { name: "with", value: "JSON", doc: 'open, quote, search: {"member":"gold"}, {"type":"cup"}' },
    {
      name: "expected",
      value: "N",
      doc: "publish, save, withdraw: made on this version; 0: new",
    },
    { name: "from", value: "TIME", doc: "import, publish, save, withdraw: from then on" },
    { name: "quote-key", value: "KEY", doc: "quote, requote: yours; the same is the same quote" },
    { name: "attributes", value: "JSON", doc: 'quote: the buyer\'s, {"CUP-R":{"card":"Hi"}}' },
    { name: "state", value: "STATE", doc: "search: onSale, any, draft, published, withdrawn" },
    { name: "dry-run", doc: "import: look at all of it, write nothing" },
    {
      name: "keep",
      value: "all|good",
      doc: "import: all rows or none; good (if not given): some",
    },
    { name: "charset", value: "NAME", doc: "import: utf-8 (if not given) or gb18030" },
    { name: "bom", doc: "export: with the mark by which Excel knows UTF-8" },
    ...listOptions(ROWS).map((one) => ({ ...one, doc: `list, search: ${one.doc}` })),
    bookOption,
    jsonOption,
  ],
  asksNodes: true,
  stopped: "what was imported stands; start again to go on",
  run(context) {
    const act = verbOf(context, COMMAND, verbs).read(context);
    return withShop(context, act);
  },
};

interface Saved {
  readonly kind: string;
  readonly code: string;
  readonly version: number;
  readonly state: string;
  readonly effectiveFrom: number;
  readonly changed: boolean;
}

function saved(context: CommandContext, item: Saved): ExitCode {
  const { kind, code, version, state: is, effectiveFrom, changed } = item;
  const what = `${kind} ${code} version ${version}, ${is}, from ${utcText(effectiveFrom)}`;
  return answer(context, timed(item), changed ? what : `${what}: it says so already`);
}

function readOpen(context: CommandContext) {
  wordsAfter(context, COMMAND, []);
  const settings = moreIn(context);
  return async ({ catalog }: Shop): Promise<ExitCode> =>
    settingsTold(context, await catalog.open(settings));
}

/** What --with says beside. Refuses: cli.option_malformed. */
function moreIn(context: CommandContext): object {
  const more = jsonIn(context, COMMAND, "with") ?? {};
  if (typeof more !== "object" || Array.isArray(more)) throw malformed("--with is no object");
  return more;
}

function readSettings(context: CommandContext) {
  wordsAfter(context, COMMAND, []);
  return async ({ catalog }: Shop): Promise<ExitCode> =>
    settingsTold(context, await catalog.settings());
}

function settingsTold(context: CommandContext, settings: CatalogSettings): ExitCode {
  const { quoteTtlMs, discountRules = [] } = settings;
  const rules = discountRules.length === 0 ? "none" : discountRules.join(", ");
  const text = `quotes hold for ${durationText(quoteTtlMs ?? 0)}; discounts by rule: ${rules}`;
  return answer(context, { quoteTtlMs, discountRules }, text);
}

/** Refuses: cli.option_malformed. */
function kindOf(word: string): CatalogKind {
  const kind = kinds.find((one) => one === word);
  if (kind !== undefined) return kind;
  throw malformed(`${word} is none of ${kinds.join(", ")}`);
}

/** Refuses: cli.option_malformed, base.time_malformed. */
const editIn = (context: CommandContext) => ({
  expected: wholeOption(context, "expected", { command: COMMAND, most: VERSION_MAX }),
  effectiveFrom: timeOption(context, "from"),
});

function readSave(context: CommandContext) {
  const [word = "", code = "", file = ""] = wordsAfter(context, COMMAND, ["KIND", "CODE", "FILE"]);
  const kind = kindOf(word);
  const edit = editIn(context);
  return async ({ catalog }: Shop): Promise<ExitCode> => {
    const given = await jsonAt(COMMAND, file);
    if (typeof given !== "object" || given === null || Array.isArray(given)) {
      throw malformed(`the file ${file} holds no object`);
    }
    const definition = given as Definition;
    switch (kind) {
      case "type":
        return saved(context, await catalog.saveType(code, definition, edit));
      case "plan":
        return saved(context, await catalog.savePlan(code, definition, edit));
      case "product":
        return saved(context, await catalog.saveProduct(code, definition, edit));
    }
  };
}

function missing(context: CommandContext, kind: CatalogKind, code: string): LongmenError {
  const book = textOption(context, "book") ?? RETAIL_BOOK;
  return fail(catalogErrors, "missing", { kind, code, book });
}

function readShow(context: CommandContext) {
  const [word = "", code = ""] = wordsAfter(context, COMMAND, ["KIND", "CODE"]);
  const kind = kindOf(word);
  return async ({ catalog }: Shop): Promise<ExitCode> => {
    const { items } = await catalog.versions(kind, code).page();
    const now = await catalog.get(kind, code);
    if (items.length === 0) throw missing(context, kind, code);
    const rows = items.map(({ version, state: is, effectiveFrom, by, madeAt }) => [
      ...[version === now?.version ? `${version} *` : String(version), is],
      ...[secondText(effectiveFrom), secondText(madeAt), by],
    ]);
    const columns = [
      { title: "version" },
      { title: "state" },
      { title: "from (UTC)" },
      { title: "made (UTC)" },
    ];
    const history = table([...columns, { title: "by", least: 8 }], rows);
    const body = now === undefined ? "nothing is in effect" : JSON.stringify(now.body, null, 2);
    const json = { now: now && timed(now), versions: items.map(timed) };
    return answer(context, json, `${history}\n\n${body}`);
  };
}

function readList(context: CommandContext) {
  const [word = ""] = wordsAfter(context, COMMAND, ["KIND"]);
  const kind = kindOf(word);
  if (kind === "product") throw malformed("products are found by search");
  const asked = listAsked(context, COMMAND, ROWS);
  return async ({ catalog }: Shop): Promise<ExitCode> => {
    const { items, cursor } = await gathered(asked, (page) => catalog.list(kind, page));
    const columns = [{ title: "code", least: 10 }, { title: "version" }, { title: "from (UTC)" }];
    const lines = items.map(({ code, version, effectiveFrom, body }) => [
      ...[code, String(version), secondText(effectiveFrom), gistOf(body)],
    ]);
    const text = table([...columns, { title: "says", least: 16 }], lines);
    const code = answer(
      context,
      { items: items.map(timed), cursor },
      items.length === 0 ? "none" : text,
    );
    if (cursor !== undefined) context.terminal.say(`there may be more: --after ${cursor}`);
    return code;
  };
}

/** A type's names; a plan's currency and scheme. */
function gistOf(body: Definition): string {
  const { name, currency, scheme } = body as {
    readonly name?: { readonly en?: string; readonly zh?: string };
    readonly currency?: string;
    readonly scheme?: { readonly kind?: string };
  };
  const words = [name?.en, name?.zh, currency, scheme?.kind];
  return words.filter((one) => one !== undefined).join(" ");
}

function readSearch(context: CommandContext) {
  const [, ...words] = context.words;
  const list = listAsked(context, COMMAND, ROWS);
  const asked = {
    ...moreIn(context),
    ...(words.length === 0 ? {} : { text: words.join(" ") }),
    state: textOption(context, "state") as CatalogSearch["state"],
  };
  return async ({ catalog }: Shop): Promise<ExitCode> => {
    const read = (page: { readonly limit: number }) => catalog.search(asked, page);
    const { items, cursor } = await gathered(list, read, SEARCHED_MAX);
    const columns = [
      { title: "code", least: 10 },
      { title: "state" },
      { title: "name", least: 16 },
    ];
    const text = table([...columns, { title: "SKUs", least: 12 }], items.map(rowOf));
    const code = answer(context, { products: items, cursor }, items.length === 0 ? "none" : text);
    if (cursor !== undefined) context.terminal.say(`there may be more: --after ${cursor}`);
    return code;
  };
}

function rowOf({ code, state: is, product }: CatalogHit): readonly string[] {
  const { name, variants } = product as {
    readonly name?: { readonly en?: string; readonly zh?: string };
    readonly variants?: readonly { readonly sku: string }[];
  };
  const names = [name?.en, name?.zh].filter((one) => one !== undefined).join(" ");
  return [code, is, names, (variants ?? []).map(({ sku }) => sku).join(" ")];
}

function readBuyPage(context: CommandContext) {
  const [code = ""] = wordsAfter(context, COMMAND, ["CODE"]);
  return async ({ catalog }: Shop): Promise<ExitCode> => {
    const page = await catalog.buyPage(code);
    if (page === undefined) throw missing(context, "product", code);
    return answer(context, page, JSON.stringify(page, null, 2));
  };
}
