/** What a buyer is told in Chinese where a rule can't decide; the English words stand in `rules.errors.ts`. */
import { fillPlaces, type LongmenError } from "../base/index.ts";

type Told = { readonly message: string; readonly advice: string };

const askShop = "请联系商家。";
const again = "什么都没有发生，请稍后重试。";

const chinese: Readonly<Record<string, Told>> = {
  "rules.set_missing": { message: "没有规则 {name}。", advice: askShop },
  "rules.version_missing": { message: "规则 {name} 没有版本 {version}。", advice: askShop },
  "rules.none_live": { message: "规则 {name} 目前没有生效的版本。", advice: askShop },
  "rules.input_refused": {
    message: "规则 {name} 不接受所填的内容。",
    advice: "请检查所填的各项后重试。",
  },
  "rules.field_malformed": { message: "{field} 填写有误。", advice: "请修改后重试。" },
  "rules.answer_null": { message: "规则 {name} 没有给出结果。", advice: askShop },
  "rules.output_refused": { message: "规则 {name} 给出的结果不符合约定。", advice: askShop },
  "rules.money_inexact": {
    message: "规则给出的金额 {value} 不是最小货币单位的整数。",
    advice: askShop,
  },
  "rules.number_inexact": { message: "数字 {value} 不能精确保存。", advice: askShop },
  "rules.evaluation_failed": { message: "规则 {name} 无法计算。", advice: askShop },
  "rules.engine_died": { message: "规则的计算中断了。", advice: askShop },
  "rules.engine_timeout": { message: "规则的计算超过了时限。", advice: askShop },
  "rules.engine_busy": { message: "正在等待计算的规则太多。", advice: again },
  "rules.engine_missing": { message: "此节点没有安装规则引擎。", advice: askShop },
  "rules.log_full": { message: "正在等待记录的决策太多。", advice: again },
  "rules.closed": { message: "此节点正在停止。", advice: again },
};

/** Codes of a decision, which a buyer may see. */
export const buyerCodes: readonly string[] = Object.keys(chinese);

/** What happened and what to do, in both languages; undefined where no buyer comes. */
export function refusalWords({ code, message, advice, details }: LongmenError) {
  const zh = chinese[code];
  if (zh === undefined) return undefined;
  return {
    message: { en: message, zh: fillPlaces(zh.message, details, "；") },
    advice: { en: advice, zh: fillPlaces(zh.advice, details, "；") },
  };
}
