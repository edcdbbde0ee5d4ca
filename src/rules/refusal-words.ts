/**
 * What a buyer is told where a rule can't decide. Who keeps the rules has the words of `rules.errors.ts`, which name
 * nodes, expressions and what they became: none of that is a buyer's.
 */
import { fillPlaces, type LongmenError } from "../base/index.ts";

interface Told {
  readonly en: readonly [message: string, advice: string];
  readonly zh: readonly [message: string, advice: string];
}

const ASK_SHOP = ["Ask the shop.", "请联系商家。"] as const;
const AGAIN = ["Nothing was done. Try again in a moment.", "什么都没有发生，请稍后重试。"] as const;
const MEND = ["Look at what was filled in, and try again.", "请检查所填的各项后重试。"] as const;

const told = (en: string, zh: string, [adviceEn, adviceZh]: readonly [string, string]): Told => ({
  en: [en, adviceEn],
  zh: [zh, adviceZh],
});

const words: Readonly<Record<string, Told>> = {
  "rules.set_missing": told("There is no rule {name}.", "没有规则 {name}。", ASK_SHOP),
  "rules.version_missing": told(
    "The rule {name} has no version {version}.",
    "规则 {name} 没有版本 {version}。",
    ASK_SHOP,
  ),
  "rules.none_live": told(
    "The rule {name} is not live.",
    "规则 {name} 目前没有生效的版本。",
    ASK_SHOP,
  ),
  "rules.input_refused": told(
    "The rule {name} does not take what was filled in.",
    "规则 {name} 不接受所填的内容。",
    MEND,
  ),
  "rules.field_malformed": told("{field} is filled in wrongly.", "{field} 填写有误。", MEND),
  "rules.answer_null": told(
    "The rule {name} gives no answer.",
    "规则 {name} 没有给出结果。",
    ASK_SHOP,
  ),
  "rules.output_refused": told(
    "The rule {name} answers something that was not agreed.",
    "规则 {name} 给出的结果不符合约定。",
    ASK_SHOP,
  ),
  "rules.money_inexact": told(
    "A rule answers an amount that is no whole number of minor units.",
    "规则给出的金额不是最小货币单位的整数。",
    ASK_SHOP,
  ),
  "rules.number_inexact": told("A number can't be kept exactly.", "有数字不能精确保存。", ASK_SHOP),
  "rules.evaluation_failed": told(
    "The rule {name} can't decide.",
    "规则 {name} 无法计算。",
    ASK_SHOP,
  ),
  "rules.engine_died": told("The decision broke off.", "规则的计算中断了。", ASK_SHOP),
  "rules.engine_timeout": told("The decision took too long.", "规则的计算超过了时限。", ASK_SHOP),
  "rules.engine_busy": told("Too many decisions wait.", "正在等待计算的规则太多。", AGAIN),
  "rules.engine_missing": told("This node has no rules.", "此节点没有安装规则引擎。", ASK_SHOP),
  "rules.log_full": told("Too many decisions wait.", "正在等待记录的决策太多。", AGAIN),
  "rules.closed": told("This node is stopping.", "此节点正在停止。", AGAIN),
};

/** Codes of a decision, which a buyer may see. */
export const buyerCodes: readonly string[] = Object.keys(words);

/** What happened and what to do, in both languages; undefined where no buyer comes. */
export function refusalWords({ code, details }: LongmenError) {
  const row = words[code];
  if (row === undefined) return undefined;
  const [en, zh] = [row.en, row.zh].map((texts, place) =>
    texts.map((text) => fillPlaces(text, details, place === 0 ? "; " : "；")),
  );
  return {
    message: { en: en?.[0] ?? "", zh: zh?.[0] ?? "" },
    advice: { en: en?.[1] ?? "", zh: zh?.[1] ?? "" },
  };
}
