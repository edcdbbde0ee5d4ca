/** The status page's words in its two languages. */
import type { OrderState } from "../../client/index.ts";

export const languages = ["en", "zh"] as const;
export type Language = (typeof languages)[number];

export interface Words {
  readonly locale: string;
  readonly title: string;
  readonly other: string;
  readonly stage: Readonly<Record<StageName, string>>;
  /** In the place of "selling", where the invoices are found sold already. */
  readonly checking: string;
  readonly agrees: string;
  readonly differs: string;
  readonly verified: string;
  readonly notVerified: string;
  readonly report: string;
  readonly file: string;
  /** The file, when it is the one that comes along. */
  readonly bundled: string;
  readonly lines: string;
  readonly invoices: string;
  readonly transfers: string;
  readonly newInvoices: string;
  readonly refusals: string;
  readonly unmatched: string;
  readonly gross: string;
  readonly refunds: string;
  readonly net: string;
  readonly inBooks: string;
  readonly leftOut: string;
  readonly inFile: string;
  readonly owed: string;
  readonly cash: string;
  readonly shop: string;
  readonly orders: string;
  readonly orderStates: Readonly<Record<OrderState, string>>;
  readonly withRefunds: string;
  readonly rushSold: string;
  readonly rushRefused: string;
  readonly rushSeconds: string;
  readonly rushBefore: string;
  readonly unexplained: string;
  readonly seconds: string;
  readonly head: string;
  readonly seq: string;
  readonly newest: string;
  readonly books: string;
  readonly book: string;
  readonly noBooks: string;
  readonly noSuchBook: string;
  readonly reference: string;
  readonly rates: string;
  readonly bookingRate: string;
  readonly checkingRate: string;
  readonly transfersPerSecond: string;
  readonly linesPerSecond: string;
  readonly queued: string;
  readonly flushes: string;
  readonly units: string;
  readonly unitsNow: string;
  readonly memory: string;
  readonly up: string;
  readonly balances: string;
  readonly account: string;
  readonly asset: string;
  readonly available: string;
  readonly prefix: string;
  readonly show: string;
  readonly more: string;
  readonly allAccounts: string;
  readonly noAccounts: string;
  readonly notYet: string;
  readonly asOf: string;
  readonly unavailable: string;
  readonly signIn: {
    readonly title: string;
    /** Where the page asks nobody at this machine. */
    readonly openHere: string;
    /** Where it listens for other machines or shows every book, and asks everybody. */
    readonly openNowhere: string;
    readonly key: string;
    readonly keyOfAll: string;
    readonly byLink: string;
    readonly enter: string;
    readonly wrong: string;
    readonly starting: string;
    readonly later: string;
  };
}

export const stageNames = [
  ...(["starting", "stocking", "selling", "rush"] as const),
  ...(["reading back", "verifying", "ready"] as const),
] as const;
export type StageName = (typeof stageNames)[number];

export const words: Readonly<Record<Language, Words>> = {
  en: {
    locale: "en-GB",
    title: "Longmen: the books",
    other: "中文",
    stage: {
      starting: "PostgreSQL is starting",
      stocking: "Stocking the shop: its catalogue, its shelves",
      selling: "Selling invoices",
      rush: "The lunch-hour rush",
      "reading back": "Reading the totals back from the books",
      verifying: "Verifying every balance and hash",
      ready: "Up",
    },
    checking: "Checking invoices against the shop: they are there already",
    agrees: "The books agree with the file",
    differs: "The books DO NOT agree with the file",
    verified: "Every balance and hash is right, up to seq {seq}",
    notVerified: "Verify FOUND DIFFERENCES",
    report: "Report",
    file: "File",
    bundled: "the bundled December 2010 of Online Retail",
    lines: "Lines",
    invoices: "Invoices",
    transfers: "Transfers",
    newInvoices: "Sold by this start",
    refusals: "Invoices left out",
    unmatched: "Cancelled lines without an earlier sale",
    gross: "Sold",
    refunds: "Taken back",
    net: "Net",
    inBooks: "In the books",
    leftOut: "Left out",
    inFile: "In the file",
    owed: "Owed on credit (£)",
    cash: "In the till (£)",
    shop: "Shop",
    orders: "Orders",
    orderStates: {
      placed: "– waiting to be paid",
      paid: "– paid, to be delivered",
      fulfilling: "– partly delivered",
      fulfilled: "– delivered",
      refunded: "– given back before delivery",
      cancelled: "– cancelled",
      expired: "– not paid in time",
      closed: "– closed",
    },
    withRefunds: "Orders with refunds",
    rushSold: "Lunch-hour rush: boxes sold",
    rushRefused: "Buyers told that it is sold out",
    rushSeconds: "From the bell to the last answer (s)",
    rushBefore: "before this start",
    unexplained: "Orders and lines unexplained",
    seconds: "Took (s)",
    head: "Head of the hash chain",
    seq: "Seq",
    newest: "Newest entry",
    books: "Books",
    book: "Book, with the head of its hash chain",
    noBooks:
      "There is no book yet. `longmen book create shop` makes one, and so does `PUT /v1/books/shop`.",
    noSuchBook: "There is no book of this name.",
    reference: "API",
    rates: "Rates",
    bookingRate: "Selling",
    checkingRate: "Checking against the shop",
    transfersPerSecond: "transfers/s",
    linesPerSecond: "lines/s",
    queued: "Entries waiting in the lane",
    flushes: "Commits since start",
    units: "Units since start",
    unitsNow: "Units a second, now",
    memory: "Memory (MB)",
    up: "Up for (s)",
    balances: "Balances",
    account: "Account",
    asset: "Asset",
    available: "Available",
    prefix: "Accounts below",
    show: "Show",
    more: "More",
    allAccounts: "All accounts",
    noAccounts: "No account has this path or stands below it.",
    notYet: "The books can be looked at as soon as the database is up.",
    asOf: "As of",
    unavailable: "The database does not answer now. This page tries again by itself.",
    signIn: {
      title: "Longmen: sign in",
      openHere:
        "At this machine, as localhost, the page is open; by another name or through a proxy it asks who you are.",
      openNowhere:
        "This page asks everybody who they are, at its own machine, too. The start prints a link that signs in once.",
      key: "A key that may read the book {book} (lm_…)",
      keyOfAll: "A key that may read every book (lm_…)",
      byLink: "This is the link that the start printed. It is good once.",
      enter: "Sign in",
      wrong: "That is no key that may read this, or a link that was used or is too old.",
      starting: "The database is starting, and nobody can be asked who you are. Try again soon.",
      later: "The database does not answer now. Try again soon.",
    },
  },
  zh: {
    locale: "zh-CN",
    title: "龙门：账本",
    other: "English",
    stage: {
      starting: "正在启动 PostgreSQL",
      stocking: "正在准备商店：商品目录与库存",
      selling: "正在按发票销售",
      rush: "午间抢购",
      "reading back": "正在从账本读回合计",
      verifying: "正在核验每个余额与哈希",
      ready: "运行中",
    },
    checking: "发票此前已售出，正在核对",
    agrees: "账本与文件一致",
    differs: "账本与文件不一致",
    verified: "截至序号 {seq}，所有余额与哈希均正确",
    notVerified: "核验发现差异",
    report: "报告",
    file: "文件",
    bundled: "随附的 2010 年 12 月数据（Online Retail）",
    lines: "明细行",
    invoices: "发票",
    transfers: "转账",
    newInvoices: "本次启动售出",
    refusals: "未登记的发票",
    unmatched: "找不到原销售的取消行",
    gross: "销售额",
    refunds: "退回额",
    net: "净额",
    inBooks: "账本",
    leftOut: "未登记",
    inFile: "文件",
    owed: "赊账欠款（£）",
    cash: "收银台现金（£）",
    shop: "商店",
    orders: "订单",
    orderStates: {
      placed: "– 待付款",
      paid: "– 已付款，待交付",
      fulfilling: "– 部分交付",
      fulfilled: "– 已交付",
      refunded: "– 交付前已退",
      cancelled: "– 已取消",
      expired: "– 超时未付",
      closed: "– 已关闭",
    },
    withRefunds: "有退款的订单",
    rushSold: "午间抢购：售出",
    rushRefused: "被告知售罄的买家",
    rushSeconds: "从开抢到最后一个答复（秒）",
    rushBefore: "此前已完成",
    unexplained: "无法解释的订单与明细行",
    seconds: "耗时（秒）",
    head: "哈希链头",
    seq: "序号",
    newest: "最新分录",
    books: "账本",
    book: "账本及其哈希链头",
    noBooks: "还没有账本。运行 `longmen book create shop`，或请求 `PUT /v1/books/shop` 即可创建。",
    noSuchBook: "没有此名称的账本。",
    reference: "API",
    rates: "速率",
    bookingRate: "销售",
    checkingRate: "核对",
    transfersPerSecond: "笔/秒",
    linesPerSecond: "行/秒",
    queued: "通道中等待的条目",
    flushes: "启动以来的提交",
    units: "启动以来的单元",
    unitsNow: "当前每秒单元数",
    memory: "内存（MB）",
    up: "已运行（秒）",
    balances: "余额",
    account: "账户",
    asset: "资产",
    available: "可用",
    prefix: "此路径下的账户",
    show: "显示",
    more: "更多",
    allAccounts: "全部账户",
    noAccounts: "没有此路径或其下级的账户。",
    notYet: "数据库启动后即可查看账本。",
    asOf: "截至",
    unavailable: "数据库暂时没有响应，本页会自动重试。",
    signIn: {
      title: "龙门：登录",
      openHere: "在本机通过 localhost 可直接查看本页；使用其他名称或经由代理访问时需要登录。",
      openNowhere: "本页要求所有人登录，本机也不例外。启动时会打印一个只能使用一次的登录链接。",
      key: "可读取账本 {book} 的密钥（lm_…）",
      keyOfAll: "可读取所有账本的密钥（lm_…）",
      byLink: "这是启动时打印的登录链接，只能使用一次。",
      enter: "登录",
      wrong: "该密钥无权读取，或链接已使用、已过期。",
      starting: "数据库正在启动，暂时无法验证身份，请稍后再试。",
      later: "数据库暂时没有响应，请稍后再试。",
    },
  },
};

/** The language asked for: by ?lang=, else the first of Accept-Language that the page knows. */
export function languageOf(asked: string | null, acceptLanguage: string | undefined): Language {
  const chosen = languages.find((language) => language === asked);
  if (chosen !== undefined) return chosen;
  const wishes = (acceptLanguage ?? "").split(",").map((wish) => {
    const [tag = "", ...parameters] = wish.trim().split(";");
    const quality = parameters
      .find((one) => one.trim().startsWith("q="))
      ?.trim()
      .slice(2);
    return { language: tag.trim().slice(0, 2).toLowerCase(), quality: Number(quality ?? "1") };
  });
  wishes.sort((one, other) => other.quality - one.quality);
  for (const { language } of wishes) {
    const known = languages.find((one) => one === language);
    if (known !== undefined) return known;
  }
  return "en";
}
