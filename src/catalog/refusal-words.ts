/** What a buyer is told when something can't be sold, in English and Chinese, with what to do. */
import { fillPlaces, type LongmenError } from "../base/index.ts";
import type { Words } from "./words.ts";

interface Told {
  readonly message: string;
  readonly advice: string;
  /** Where the operators' words say what is none of a buyer's: message and advice. */
  readonly en?: readonly [message: string, advice: string];
}

const chinese: Readonly<Record<string, Told>> = {
  "catalog.sku_unknown": {
    message: "{sku} 目前不在售。",
    advice: "可能已下架、尚未发布或写错了，请选择其他商品。",
  },
  "catalog.options_refused": {
    message: "{sku} 不能按所选项出售：{problemsZh}。",
    advice: "请修改列出的各项，其余可以不变。",
  },
  "catalog.quantity_refused": {
    message: "{sku} 不能购买 {quantity} 件：须为 {min} 到 {max}。",
    advice: "请填写此范围内的整数；同一商品的各行合并计算。",
  },
  "catalog.price_missing": {
    message: "{sku} 目前没有价格。",
    advice: "价格尚未生效或未设置，请联系商家。",
  },
  "catalog.amount_too_large": {
    message: "{sku} 的金额超出一次可售的上限 {max}。",
    advice: "请减少数量，或分几单购买。",
  },
  "catalog.currencies_mixed": {
    message: "这些商品的币种不同（{currencies}），一份报价只能有一种。",
    advice: "请按币种分别询价。",
  },
  "catalog.rule_failed": {
    en: ["The price can't be told just now (rule {rule}).", "Nothing was quoted. Try again later."],
    message: "暂时无法计算价格（规则 {rule}）。",
    advice: "没有生成报价，请稍后重试。",
  },
  "catalog.rule_answer_malformed": {
    en: ["The rule {rule} gave no price.", "Ask the shop; it is decision {decisionId}."],
    message: "规则 {rule} 没有给出价格。",
    advice: "请联系商家，决策编号 {decisionId}。",
  },
  "catalog.rule_not_connected": {
    en: [
      "The price of {sku} is decided by the rule {rule}, and this node has none.",
      "Ask the shop.",
    ],
    message: "{sku} 的价格由规则 {rule} 决定，此节点没有规则。",
    advice: "请联系商家。",
  },
  "catalog.request_malformed": {
    message: "{field} 填写有误。",
    advice: "请修改后重试，没有任何改动。",
  },
  "catalog.quote_key_conflict": {
    message: "报价键 {key} 已用于另一请求。",
    advice: "新的请求请使用新的键。",
  },
  "catalog.quote_missing": { message: "没有报价 {quote}。", advice: "请重新询价。" },
  "catalog.changing": {
    message: "商品目录正在更新，暂时无法报价。",
    advice: "没有生成报价，请稍后重试。",
  },
  "catalog.book_unknown": { message: "{book} 没有商品目录。", advice: "请检查名称。" },
  "catalog.missing": { message: "没有找到 {code}。", advice: "请检查编码，区分大小写。" },
  "catalog.filter_malformed": {
    message: "搜索条件 {field} 有误。",
    advice: "请去掉翻页游标，从第一页开始。",
  },
};

/** Codes that a buyer may see. */
export const buyerCodes: readonly string[] = Object.keys(chinese);

/** The refusal in both languages; in English alone where no buyer comes. */
export function refusalWords(error: LongmenError): {
  readonly message: Words;
  readonly advice: Words;
} {
  const zh = chinese[error.code];
  if (zh === undefined) return { message: { en: error.message }, advice: { en: error.advice } };
  const [message, advice] = zh.en?.map((text) => fillPlaces(text, error.details)) ?? [];
  return {
    message: { en: message ?? error.message, zh: fillPlaces(zh.message, error.details, "；") },
    advice: { en: advice ?? error.advice, zh: fillPlaces(zh.advice, error.details, "；") },
  };
}
