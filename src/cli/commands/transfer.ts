/** `longmen transfer`: one transfer, hold, confirmation or cancellation. */
import { formatAmount, money, toRfc3339 } from "../../base/index.ts";
import {
  type Answer,
  type Balancing,
  LongmenProblem,
  type Refused,
  type Transfer,
} from "../../client/index.ts";
import { amountText } from "../amount-text.ts";
import { type AskedBook, bookOption, withBook } from "../asked-book.ts";
import { idOf, idOption, refusedJson, submitTold, tellAnswer } from "../carry-out.ts";
import { type Command, type CommandContext, jsonOption, textOption } from "../command.ts";
import { type ExitCode, exitCodes } from "../exit-codes.ts";
import { malformed as malformedOf, timeOption, wholeOption } from "../read-options.ts";

const malformed = (problem: string) => malformedOf("transfer", problem);

const AMOUNT_RULE = "an amount is positive, and goes from --credit to --debit";

export const transfer: Command = {
  name: "transfer",
  words: "[AMOUNT ASSET]",
  aboveZero: AMOUNT_RULE,
  summary: "move an amount, hold it, confirm a hold, give it back",
  help: `
Credit gives, debit receives; the same --id sent twice moves it once.

  longmen transfer 12.50 GBP/2 --debit shop/cash --credit allowances --id rent/7
  longmen transfer 5 GBP/2 --debit bank --credit walk-in --pending --timeout 900
  longmen transfer --post ID      confirms a hold, 3 GBP/2 --post ID 3 of it`,
  options: [
    { name: "debit", value: "PATH", doc: "the account that receives" },
    { name: "credit", value: "PATH", doc: "the account that gives" },
    idOption,
    { name: "pending", doc: "hold it until it is posted or voided" },
    { name: "timeout", value: "SECONDS", doc: "with --pending: then it frees itself" },
    { name: "post", value: "ID", doc: "confirm this hold" },
    { name: "void", value: "ID", doc: "cancel this hold: all of it goes back" },
    {
      name: "balancing",
      value: "SIDE",
      doc: "what is there, up to AMOUNT: of debit, credit, both",
    },
    { name: "reference", value: "TEXT", doc: "your own key: an order, an invoice" },
    { name: "metadata", value: "JSON", doc: "JSON text of at most 4 KiB, kept as it is" },
    { name: "effective-at", value: "TIME", doc: "business time, where it is another than now" },
    bookOption,
    jsonOption,
  ],
  asksNodes: true,
  stopped: "run it again with the same --id, and it is done once",
  run(context) {
    // The words are read before a database is started for them.
    const request = requestOf(context);
    return withBook(context, (book) => carryOut(context, book, request), { looks: false });
  },
};

const TIMEOUT_MAX_S = 100 * 365 * 24 * 3_600;
const SECOND_MS = 1_000;

/** Refuses: cli.option_malformed, and what money() refuses. */
function requestOf(context: CommandContext): Transfer {
  const { options, words } = context;
  const [post, cancel] = [textOption(context, "post"), textOption(context, "void")];
  const isPending = options["pending"] === true;
  if ([post !== undefined, cancel !== undefined, isPending].filter(Boolean).length > 1) {
    throw malformed("--pending, --post and --void are three different things");
  }
  const seconds = wholeOption(context, "timeout", { command: "transfer", most: TIMEOUT_MAX_S });
  if (seconds !== undefined && !isPending) throw malformed("--timeout belongs to --pending");
  const moved = movedBy(words);
  const paths = {
    ...optional("debit", textOption(context, "debit")),
    ...optional("credit", textOption(context, "credit")),
  };
  const balancing = balancingOf(context);
  if (balancing !== undefined && (post ?? cancel) !== undefined) {
    throw malformed("--balancing belongs to a transfer or a hold, not to its end");
  }
  const described = describedBy(context);
  const named = () => ({ id: idOf(context), ...described });
  if (post !== undefined) return { kind: "post", pendingId: post, ...named(), ...moved, ...paths };
  if (cancel !== undefined) {
    if (moved !== undefined) throw malformed("--void gives all of a hold back: it takes no amount");
    return { kind: "void", pendingId: cancel, ...named(), ...paths };
  }
  const { debit, credit } = paths;
  if (moved === undefined || debit === undefined || credit === undefined) {
    throw malformed("a transfer needs AMOUNT ASSET, --debit and --credit");
  }
  const request = { ...named(), ...moved, debit, credit, ...optional("balancing", balancing) };
  if (!isPending) return { kind: "transfer", ...request };
  const timeoutMs = seconds === undefined ? undefined : seconds * SECOND_MS;
  return { kind: "pending", ...request, ...optional("timeoutMs", timeoutMs) };
}

function movedBy(words: readonly string[]) {
  const [amount, asset] = words;
  if (amount === undefined) return undefined;
  if (asset === undefined || words.length > 2) throw malformed("say AMOUNT ASSET: 12.50 GBP/2");
  const minor = money(asset, amount);
  if (minor < 0n) throw malformed(`${amount} is below zero: ${AMOUNT_RULE}`);
  return { amount: minor, asset };
}

function balancingOf(context: CommandContext): Balancing | undefined {
  const side = textOption(context, "balancing");
  if (side === undefined || side === "debit" || side === "credit" || side === "both") return side;
  throw malformed("--balancing is debit, credit or both");
}

/** Refuses: cli.option_malformed, base.time_malformed. */
function describedBy(context: CommandContext) {
  const metadata = textOption(context, "metadata");
  if (metadata !== undefined && !isJson(metadata)) throw malformed("--metadata is no JSON text");
  return {
    ...optional("reference", textOption(context, "reference")),
    ...optional("metadata", metadata),
    ...optional("effectiveAt", timeOption(context, "effective-at")),
  };
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

type Optional<N extends string, T> = { readonly [K in N]?: T };

function optional<const N extends string, T>(name: N, value: T | undefined): Optional<N, T> {
  return (value === undefined ? {} : { [name]: value }) as Optional<N, T>;
}

async function carryOut(
  context: CommandContext,
  book: AskedBook,
  request: Transfer,
): Promise<ExitCode> {
  const answer = await submitTold(context.terminal, book, request);
  if (answer === undefined) return exitCodes.refused;
  const moved = await movedIn(book, request);
  return tellAnswer(context, answer, {
    json: () => answerJson(request, answer, moved),
    text: (done) => answerText(request, done, moved),
  });
}

interface Moved {
  readonly asset?: string | undefined;
  readonly debit?: string | undefined;
  readonly credit?: string | undefined;
}

/** What a hold was of, where its end doesn't say so. A key that may only write can't look it up. */
async function movedIn(book: AskedBook, request: Transfer): Promise<Moved> {
  if (!("pendingId" in request)) return request;
  try {
    return (await book.find(request.pendingId)) ?? request;
  } catch (error) {
    if (error instanceof LongmenProblem && error.code === "access.not_permitted") return request;
    throw error;
  }
}

function answerJson(request: Transfer, answer: Answer, moved: Moved): object {
  const { id, kind = "transfer" } = request;
  const { asset, debit, credit } = moved;
  const about = { status: answer.status, id, kind, asset, debit, credit };
  if (answer.status === "refused") return { ...about, ...refusedJson(answer) };
  const { amount, seq, at } = answer;
  const decimal = asset === undefined ? undefined : formatAmount(asset, amount);
  return { ...about, amountMinor: String(amount), amount: decimal, seq, at: toRfc3339(at) };
}

const doneWords = {
  transfer: "moved",
  pending: "held",
  post: "confirmed",
  void: "given back",
} as const;

type Done = Exclude<Answer, Refused>;

function answerText(request: Transfer, answer: Done, { asset, debit, credit }: Moved): string {
  const { amount, seq, at, status } = answer;
  const much =
    asset === undefined ? `${amount} minor units` : `${amountText(asset, amount)} ${asset}`;
  const again = status === "exists" ? " (it was before: nothing is done twice)" : "";
  return [
    `${doneWords[request.kind ?? "transfer"]} ${much}${again}`,
    ...(debit === undefined || credit === undefined ? [] : [`  from ${credit}`, `  to   ${debit}`]),
    `  id   ${request.id}`,
    `  seq  ${seq.toLocaleString("en-GB")}, ${toRfc3339(at)}`,
  ].join("\n");
}
