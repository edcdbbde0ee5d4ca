/** `longmen tokens`: coupons and points that buyers are given. */
import { isAssetCode } from "../../base/index.ts";
import type { Shop, WalletView } from "../../client/index.ts";
import { amountText } from "../amount-text.ts";
import { bookOption } from "../asked-book.ts";
import { type Command, type CommandContext, jsonOption } from "../command.ts";
import { type ExitCode, exitCodes } from "../exit-codes.ts";
import { wordsAfter } from "../payload-option.ts";
import { AMOUNTS_RULE, amountIn, malformed } from "../read-options.ts";
import { keyOf, tell } from "../selling/asked-orders.ts";
import { withShop } from "../selling/asked-shop.ts";
import { verbOf } from "../verbs.ts";

const COMMAND = "tokens";

export const tokens: Command = {
  name: COMMAND,
  group: "till",
  words: "give BUYER ASSET N | show BUYER ASSET",
  aboveZero: AMOUNTS_RULE,
  summary: "buyers' coupons and points: give, show",
  help: `
What the discounts of rules use up, by their token.

  longmen tokens give ann COUPON:SPRING/0 1 --id spring-ann
  longmen tokens show ann COUPON:SPRING/0`,
  options: [
    { name: "id", value: "KEY", doc: "give: made and printed if not given" },
    bookOption,
    jsonOption,
  ],
  asksNodes: true,
  stopped: "what was done is done; the same again with its --id tells",
  run(context) {
    const { read, looks } = verbOf(context, COMMAND, verbs);
    return withShop(context, read(context), { looks });
  },
};

const verbs = {
  give: { options: ["id"], looks: false, read: readGive },
  show: { options: [], looks: true, read: readShow },
};

/** Refuses: cli.option_malformed. */
function tokenIn(asset: string): string {
  if (isAssetCode(asset)) return asset;
  throw malformed(COMMAND, "ASSET is a coupon or point with its scale: COUPON:SPRING/0");
}

function readGive(context: CommandContext) {
  const [buyer = "", token = "", given = ""] = wordsAfter(context, COMMAND, [
    "BUYER",
    "ASSET",
    "N",
  ]);
  const asset = tokenIn(token);
  const amount = amountIn(asset, given, COMMAND);
  return async (shop: Shop): Promise<ExitCode> =>
    tell(context, await shop.tokens.give({ buyer, asset, amount, id: keyOf(context) }), tokensText);
}

function readShow(context: CommandContext) {
  const [buyer = "", token = ""] = wordsAfter(context, COMMAND, ["BUYER", "ASSET"]);
  const asset = tokenIn(token);
  return async (shop: Shop): Promise<ExitCode> => {
    const told = await shop.tokens.get({ buyer, asset });
    if (told !== undefined) return tell(context, told, tokensText);
    context.terminal.say(`longmen: ${buyer} was never given any ${asset}`);
    return exitCodes.refused;
  };
}

function tokensText({ buyer, asset, available, held }: WalletView): string {
  const kept = held === 0n ? "" : `, ${amountText(asset, held)} held`;
  return `${buyer} has ${amountText(asset, available)} ${asset}${kept}`;
}
