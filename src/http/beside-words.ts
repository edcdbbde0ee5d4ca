/** What a buyer reads, in both languages, of what is no refusal of catalogue, payment or rules but may meet them. */
import { fillPlaces, type LongmenError } from "../base/index.ts";
import { isRefusalCode, refusalWords as orderWords, type Words } from "../order/index.ts";

type Chinese = readonly [message: string, advice: string];

const AGAIN = "没有任何改动，请稍后用同样的请求重试。";
const STOPPING: Chinese = ["服务器即将停止。", AGAIN];

/** What happened, and what to do; in English the error says it. */
const besides: Readonly<Record<string, Chinese>> = {
  "access.key_missing": ["请求没有密钥。", "请在请求头 Authorization 中附上您的密钥。"],
  "access.key_unknown": [
    "密钥无效：不存在、有误、已撤销或已过期。",
    "请检查是否完整，或联系商家更换。",
  ],
  "access.not_permitted": ["没有权限进行此操作。", "请联系商家开通权限：{needed}。"],
  "access.too_many_checks": ["正在核对的密钥过多。", AGAIN],
  "http.body_incomplete": ["请求内容不完整。", AGAIN],
  "http.body_key_repeated": ["请求内容中有重复的字段：{key}。", "请只保留一个，没有任何改动。"],
  "http.body_malformed": [
    "请求内容填写有误。",
    "请修改后重新提交，没有任何改动；有误之处见 pointer。",
  ],
  "http.body_not_json": [
    "请求内容不是有效的 JSON。",
    "没有任何改动，请检查内容是否被截断或重复编码。",
  ],
  "http.body_too_deep": ["请求内容嵌套超过 {max} 层。", "没有任何改动，请减少嵌套。"],
  "http.body_too_large": ["请求内容过大。", "没有任何改动，请分几次提交。"],
  "http.closing": STOPPING,
  "http.content_type_unsupported": [
    "不支持这种内容类型。",
    "请以 application/json 发送：UTF-8，不压缩。",
  ],
  "http.deadline_malformed": [
    "Request-Timeout-Ms 须为 1 到 {max} 的整数毫秒。",
    "没有任何改动，请修改或去掉该请求头。",
  ],
  "http.deadline_passed": ["未能在 {ms} 毫秒内答复。", "查询没有任何改动，请缩小范围或稍后重试。"],
  "http.no_selling": ["此服务器不提供售卖。", "请联系商家。"],
  "http.overloaded": ["访问的人太多，暂时无法处理。", AGAIN],
  "http.path_malformed": ["请求路径有误。", "名称和编号请按 UTF-8 编码，其中的斜杠写作 %2F。"],
  "http.query_malformed": ["查询条件有误。", "每个条件只写一次，请去掉不认识的条件。"],
  "http.request_malformed": ["无法读取此请求。", "没有任何改动，请检查网络或客户端。"],
  "http.request_too_slow": ["请求未能在 {seconds} 秒内送达。", AGAIN],
  "http.starting": ["服务器正在启动。", AGAIN],
  "ledger.account_not_found": ["没有 {asset} 账户 {path}。", "请核对名称，或请商家开立。"],
  "ledger.archived": ["更早的记录已经归档。", "请查询此后的时间，或联系商家。"],
  "ledger.asset_malformed": ["币种有误。", "请写明名称和小数位数，例如 CNY/2。"],
  "ledger.book_missing": ["没有店铺 {name}。", "请核对名称。"],
  "ledger.book_name_malformed": ["{name} 不能用作店铺名称。", "请核对名称。"],
  "ledger.closed": STOPPING,
  "ledger.cursor_malformed": ["翻页游标有误。", "请原样使用上一页的游标，或从第一页开始。"],
  "ledger.limit_out_of_range": [
    "每页 {limit} 条不在 1 到 {most} 之间。",
    "请减少条数，再继续翻页。",
  ],
  "order.books_refused": ["账本拒绝了 {id}：{code}。", "请联系商家。"],
  "order.command_malformed": ["{field} 填写有误。", "请修改后重新提交，没有任何改动。"],
  "order.cursor_malformed": ["翻页游标有误。", "请原样使用上一页的游标，或从第一页开始。"],
};

/** What the house says of its own rooms is for who runs it; to buyers all of it comes to one of these. */
const UNKNOWN: Words = {
  en: "It is not known yet whether this was done. Send the same request again: it is done once at most.",
  zh: "尚不清楚是否已经完成。请用同样的请求重试，最多执行一次。",
};
const NOT_NOW: Words = {
  en: "The shop can't do this just now. Send the same request again in a moment: it is done once at most.",
  zh: "商店暂时无法处理。请稍后用同样的请求重试，最多执行一次。",
};
/** Of flows only what passes: what was wrongly asked of a run is its caller's, whom coming again doesn't help. */
const isOfHouse = ({ code, kind }: LongmenError): boolean =>
  /^(lane|postgres)\./.test(code) || (code.startsWith("flow.") && kind === "unavailable");
const UNKNOWN_OUTCOME = /(outcome_unknown|connection_lost)$/;

/** Of a bug. */
export const bugWords: Words = {
  en: "Something went wrong at the shop. Send the same request again: it is done once at most. If it stays so, tell the shop the traceId.",
  zh: "商店出了差错。请用同样的请求重试，最多执行一次；如果仍然出错，请把 traceId 告诉商家。",
};

/** The words alone; none of what no buyer meets. */
export function wordsBeside(error: LongmenError): { readonly words?: Words } {
  const { code, message, advice, details } = error;
  if (isOfHouse(error)) return { words: UNKNOWN_OUTCOME.test(code) ? UNKNOWN : NOT_NOW };
  if (isRefusalCode(code)) {
    const told = orderWords({ status: "refused", code, details: plain(details) });
    const { en, zh } = told.message;
    return { words: { en: `${en} ${told.advice.en}`, zh: `${zh}${told.advice.zh}` } };
  }
  const zh = besides[code]?.map((text) => fillPlaces(text, details, "；"));
  return zh === undefined ? {} : { words: { en: `${message} ${advice}`, zh: zh.join("") } };
}

const plain = (details: LongmenError["details"]): Readonly<Record<string, string | number>> =>
  Object.fromEntries(
    Object.entries(details).map(([key, value]) => [
      key,
      typeof value === "number" ? value : String(value),
    ]),
  );
