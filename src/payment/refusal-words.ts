/** What a buyer is told in Chinese where a payment says nothing sensible; the English words stand in `payment.errors.ts`. */
import { fillPlaces, type LongmenError } from "../base/index.ts";

/** What may be wrong with a part, as it stands in a refusal's details, and the same in Chinese. */
export const partProblems = {
  "it is no list": "不是列表",
  "it is no object": "不是对象",
  "its means is not wallet, company or cash": "支付方式须为 wallet、company 或 cash",
  "its amount is not above 0": "金额须大于零",
  "it does not say which account": "没有写明从哪个账户支付",
  "its account is no path": "账户名称不合规定",
  "only company names a company": "只有用 company 支付时才写明公司",
  "its company is no segment of a path": "公司名称不合规定",
} as const;
export type PartProblem = keyof typeof partProblems;

const chinese: Readonly<Record<string, { readonly message: string; readonly advice: string }>> = {
  "payment.credit_line_malformed": {
    message: "信用额度有误。",
    advice: "请核对公司名称，月份写作 2026-11。",
  },
  "payment.part_malformed": {
    message: "第 {part} 部分付款有误：{problem}。",
    advice: "请选择支付方式（wallet、company 或 cash），金额须大于零；用 company 时请写明公司。",
  },
  "payment.too_many_parts": {
    message: "付款分成了 {count} 部分，最多 {max} 部分。",
    advice: "请减少同时使用的支付方式。",
  },
};

/** What happened and what to do, in both languages; undefined where no buyer comes. */
export function refusalWords({ code, message, advice, details }: LongmenError) {
  const zh = chinese[code];
  if (zh === undefined) return undefined;
  const problem = partProblems[details["problem"] as PartProblem];
  const told = { ...details, problem };
  return {
    message: { en: message, zh: fillPlaces(zh.message, told) },
    advice: { en: advice, zh: fillPlaces(zh.advice, told) },
  };
}
