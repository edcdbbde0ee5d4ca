/** The status page as HTML: no script, no picture, nothing fetched from elsewhere. */
import { orderStates } from "../../order/index.ts";
import { escapeHtml, moment, sentence } from "./html.ts";
import { runsPart, runsStyle } from "./runs-part.ts";
import type { RunsShown } from "./runs-shown.ts";
import { amountText } from "../amount-text.ts";
import {
  agrees,
  leftOutNet,
  pounds,
  type Replay,
  replayJson,
  unexplained,
} from "../replay/report.ts";
import { type Rate, rateOf } from "../replay/rate.ts";
import type { ShownAccount } from "../replay/read-back.ts";
import { type Language, type StageName, type Words, words } from "./words.ts";

export interface PageData {
  readonly language: Language;
  readonly stage: StageName;
  readonly progress?:
    { readonly done: number; readonly total: number; readonly rate?: Rate } | undefined;
  readonly replay?: Replay | undefined;
  /** Nothing while the database is not up. */
  readonly books?: BooksShown | undefined;
  /** The heads of the books that the page shows, as they are now; nothing while nobody can tell. */
  readonly heads?: HeadsShown | undefined;
  /** Null: the database does not answer. Undefined: not there yet, or not for this viewer. */
  readonly runs?: RunsShown | null | undefined;
  readonly lane?:
    { readonly queued: number; readonly flushes: number; readonly units: number } | undefined;
  /** Undefined until the page has been looked at twice. */
  readonly unitsPerSecond?: number | undefined;
  readonly memoryMb: number;
  readonly upSeconds: number;
  /** RFC 3339. */
  readonly at: string;
  /** Shows every book, and none of them more than the others; else the main job and its book. */
  readonly showsEveryBook?: boolean | undefined;
  /** The book whose accounts are shown, where that is one of several. */
  readonly book?: string | undefined;
  /** The page of accounts, below a path; it stands still. Undefined: the page of everything. */
  readonly prefix?: string | undefined;
}

export interface ShownHead {
  readonly book: string;
  readonly seq: number;
  /** RFC 3339. */
  readonly at: string;
  readonly hash: string;
}

export interface HeadsShown {
  /** Undefined: the database does not answer. */
  readonly items: readonly ShownHead[] | undefined;
  readonly cursor?: string | undefined;
}

export interface BooksShown {
  /** Undefined: the database does not answer. */
  readonly accounts: readonly ShownAccount[] | undefined;
  /** There is no book of the name that was asked for. */
  readonly isMissing?: boolean;
  readonly cursor?: string | undefined;
}

const REFRESH_BUSY_SECONDS = 1;
const REFRESH_CALM_SECONDS = 5;

export const style = `
:root{color-scheme:light dark;--line:light-dark(#e3e6ea,#2b323b);--soft:light-dark(#59636e,#9aa4af);
--good:light-dark(#1a7f37,#3fb950);--bad:light-dark(#cf222e,#ff7b72);--card:light-dark(#fff,#151b23);
--gate:light-dark(#a8321f,#e5735c);--ground:light-dark(#f5f6f8,#0d1117);--ink:light-dark(#1f2328,#e6edf3)}
*{box-sizing:border-box}
body{margin:0 auto;padding:1.5rem 1rem 3rem;max-width:64rem;font:15px/1.5 system-ui,sans-serif;
background:var(--ground);color:var(--ink)}
a{color:var(--gate)}header{display:flex;flex-wrap:wrap;gap:.25rem 1rem;align-items:baseline}
h1{font-size:1.5rem;line-height:1.2;margin:0 auto 0 0}h1 a{color:inherit;text-decoration:none}
h2{font-size:1rem;margin:1.75rem 0 .5rem}p{margin:.75rem 0}
.soft{color:var(--soft)}.good{color:var(--good)}.bad{color:var(--bad);font-weight:600}
.card{background:var(--card);border:1px solid var(--line);border-radius:.5rem;overflow-x:auto}
.proof{border-top:3px solid var(--gate)}.proof table{font-size:1.1rem}.proof tr:last-child>*{font-weight:600}
.verdicts{display:flex;flex-wrap:wrap;gap:.25rem 2rem;margin:0;padding:.75rem;border-top:1px solid var(--line)}
.side{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,22rem),1fr));gap:0 1.5rem;align-items:start}
table{border-collapse:collapse;width:100%}
td,th{padding:.4rem .75rem;border-bottom:1px solid var(--line);text-align:left;font-weight:400}
tr:last-child>*{border-bottom:0}th{color:var(--soft)}
.n{text-align:right;font-variant-numeric:tabular-nums}td.n{white-space:nowrap}.path{overflow-wrap:anywhere}
h2 small{font:inherit;font-weight:400}.heads tr:nth-child(even)>*{border-bottom:0}td.hash{padding:0 .75rem .4rem;color:var(--soft)}.link{display:block;max-width:none}
code{font:.9em ui-monospace,monospace}
.hash{font:13px/1.6 ui-monospace,monospace;overflow-wrap:anywhere;padding:.5rem .75rem;margin:0}
progress{width:100%;height:.75rem;accent-color:var(--gate)}
form{display:grid;grid-template-columns:1fr auto;gap:.25rem .5rem;margin:.75rem 0;max-width:32rem}
label{grid-column:1/-1;color:var(--soft)}
input,button{font:inherit;color:inherit;padding:.35rem .75rem;min-width:0;border:1px solid var(--line);border-radius:.375rem;background:var(--card)}
button{border-color:var(--gate);color:var(--gate);cursor:pointer}
.file{margin:.5rem 0;overflow-wrap:anywhere}
@media(max-width:30rem){header .soft{font-size:.85rem}td,th{padding:.4rem .5rem}.proof table{font-size:.95rem}.proof td,.proof th{padding:.4rem}td.hash{padding:0 .5rem .4rem}}${runsStyle}`;

/** Renders the whole page. */
export function renderPage(data: PageData): string {
  const said = words[data.language];
  const other: Language = data.language === "en" ? "zh" : "en";
  const everything = data.prefix === undefined;
  const parts = everything
    ? [
        stagePart(data, said),
        proofPart(data, said),
        data.showsEveryBook === true
          ? `${headsPart(data, said)}${ratesPart(data, said)}`
          : `<div class="side"><div>${reportPart(data, said)}${headPart(data, said)}</div><div>${shopPart(data, said)}${ratesPart(data, said)}</div></div>`,
        runsPart(data.runs, data, said),
        data.showsEveryBook === true ? "" : booksPart(data, said),
      ]
    : [booksPart(data, said)];
  return `<!doctype html>
<html lang="${data.language}"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1">
${everything ? refreshOf(data.stage) : ""}<title>${escapeHtml(said.title)}</title><style>${style}</style></head><body>
<header><h1><a href="/?lang=${data.language}">${escapeHtml(said.title)}</a></h1>
<span class="soft">${escapeHtml(said.asOf)} <time datetime="${data.at}">${moment(data.at)}</time></span>
<a href="/reference">${escapeHtml(said.reference)}</a>
<a href="${queryOf({ lang: other, book: data.book, prefix: data.prefix })}" lang="${other}">${escapeHtml(said.other)}</a></header>
<main>${parts.join("\n")}</main>
</body></html>
`;
}

/** A link to this page otherwise; what is undefined is left away. */
function queryOf(words: Readonly<Record<string, string | undefined>>): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(words))
    if (value !== undefined) query.set(name, value);
  return escapeHtml(`?${query.toString()}`);
}

function refreshOf(stage: StageName): string {
  const seconds = stage === "ready" ? REFRESH_CALM_SECONDS : REFRESH_BUSY_SECONDS;
  return `<meta http-equiv="refresh" content="${seconds}">\n`;
}

function stagePart({ stage, progress }: PageData, said: Words): string {
  const isThere = stage === "selling" && progress?.rate?.of === "lines";
  const text = escapeHtml(isThere ? said.checking : said.stage[stage]);
  if (stage === "ready") return `<p class="good">● ${text}</p>`;
  const total = Math.max(1, progress?.total ?? 1);
  const bar = `<progress max="${total}" value="${progress?.done ?? 0}"></progress>`;
  return `<p>${text}</p>${progress === undefined ? "" : bar}`;
}

/** Both sides beside each other, as a ledger shows them. */
function proofPart({ replay }: PageData, said: Words): string {
  if (replay === undefined) return "";
  const { booked, fromFile, booking } = replay;
  const { leftOut } = booking;
  const all = [
    [said.gross, booked.grossMinor, leftOut.grossMinor, fromFile.grossMinor],
    [said.refunds, -booked.refundsMinor, -leftOut.refundsMinor, -fromFile.refundsMinor],
    [said.net, booked.netMinor, leftOutNet(booking), fromFile.netMinor],
  ] as const;
  const titles = [said.inBooks, said.leftOut, said.inFile];
  // Mostly nothing is left out, and a column of zeros would only be in the way.
  const isShown = (_: unknown, column: number) => column !== 1 || leftOut.invoices > 0;
  const cells = all.map(([name, ...amounts]) => {
    const shown = amounts.filter(isShown).map((minor) => `<td class="n">${pounds(minor)}</td>`);
    return `<tr><th scope="row">${escapeHtml(name)}</th>${shown.join("")}</tr>`;
  });
  const columns = titles
    .filter(isShown)
    .map((title) => `<th scope="col" class="n">${escapeHtml(title)}</th>`);
  const heads = `<tr><th scope="col">£</th>${columns.join("")}</tr>`;
  const verdicts = [
    verdict(agrees(replay), said.agrees, said.differs),
    verdict(
      replay.verify.verified,
      said.verified.replace("{seq}", replay.verify.head.seq.toLocaleString(said.locale)),
      said.notVerified,
    ),
  ];
  return `<div class="card proof"><table>${heads}${cells.join("")}</table><p class="verdicts">${verdicts.join("")}</p></div>`;
}

function reportPart({ replay }: PageData, said: Words): string {
  if (replay === undefined) return "";
  const json = replayJson(replay);
  const number = (value: number) => value.toLocaleString(said.locale);
  const rows = [
    [said.lines, number(json.lines)],
    [said.invoices, number(json.invoices)],
    [said.newInvoices, number(json.invoices - replay.booking.invoicesThereBefore)],
    [said.transfers, number(json.transfers)],
    [said.refusals, number(json.refusals)],
    [said.unmatched, number(json.unmatchedCancellationLines)],
    [said.cash, pounds(replay.cashMinor)],
    [said.owed, pounds(replay.owedMinor)],
    [said.seconds, replay.seconds.toFixed(1)],
  ] as const;
  // Not in the table: a long path would leave no room for the names of the figures.
  const file = `<p class="file"><span class="soft">${escapeHtml(said.file)}</span> ${escapeHtml(replay.file ?? said.bundled)}</p>`;
  return `<section><h2>${escapeHtml(said.report)}</h2>${file}${rowsTable(rows)}</section>`;
}

/** The orders by state, and what came of the rush. */
function shopPart({ replay }: PageData, said: Words): string {
  if (replay === undefined) return "";
  const { rush, booking } = replay;
  const number = (value: number) => value.toLocaleString(said.locale);
  const states = orderStates.map((state) => [state, booking.orders.states[state] ?? 0] as const);
  const rows = [
    [said.orders, number(booking.orders.placed)] as const,
    ...states
      .filter(([, count]) => count > 0)
      .map(([state, count]) => [said.orderStates[state], number(count)] as const),
    [said.withRefunds, number(booking.orders.refunded)] as const,
    [said.rushSold, number(rush.sold)] as const,
    [said.rushRefused, number(rush.refused)] as const,
    [said.rushSeconds, rush.seconds?.toFixed(2) ?? said.rushBefore] as const,
    [said.unexplained, number(unexplained(replay))] as const,
  ];
  return `<section><h2>${escapeHtml(said.shop)}</h2>${rowsTable(rows)}</section>`;
}

function verdict(good: boolean, whenGood: string, whenBad: string): string {
  return good
    ? `<span class="good">✓ ${escapeHtml(whenGood)}</span>`
    : `<span class="bad">✗ ${escapeHtml(whenBad)}</span>`;
}

function ratesPart(data: PageData, said: Words): string {
  const { replay, progress, lane, unitsPerSecond, memoryMb, upSeconds } = data;
  const rate =
    replay === undefined ? progress?.rate : rateOf(replay.booking, replay.bookingSeconds);
  const number = (value: number) => Math.round(value).toLocaleString(said.locale);
  const rows: (readonly [string, string])[] = [
    ...(rate === undefined ? [] : [speedRow(rate, said)]),
    [said.unitsNow, unitsPerSecond === undefined ? "–" : number(unitsPerSecond)],
    [said.queued, number(lane?.queued ?? 0)],
    [said.flushes, number(lane?.flushes ?? 0)],
    [said.units, number(lane?.units ?? 0)],
    [said.memory, number(memoryMb)],
    [said.up, number(upSeconds)],
  ];
  return `<section><h2>${escapeHtml(said.rates)}</h2>${rowsTable(rows)}</section>`;
}

/** The head of the main job's book, as it is now: whatever was booked after the report included. */
function headPart({ heads }: PageData, said: Words): string {
  const [head] = heads?.items ?? [];
  if (head === undefined) return "";
  const seq = `${said.seq} ${head.seq.toLocaleString(said.locale)}`;
  return `<section><h2>${escapeHtml(said.head)} <small class="soft">${escapeHtml(seq)}</small></h2><p class="card hash">${head.hash}</p></section>`;
}

/** Every book with its head. */
function headsPart({ heads, language }: PageData, said: Words): string {
  const title = `<h2>${escapeHtml(said.books)}</h2>`;
  if (heads === undefined) return `${title}<p class="soft">${escapeHtml(said.notYet)}</p>`;
  const { items, cursor } = heads;
  if (items === undefined) return `${title}<p class="bad">${escapeHtml(said.unavailable)}</p>`;
  if (items.length === 0) return `${title}<p class="soft">${sentence(said.noBooks)}</p>`;
  const rows = items.map(({ book, seq, at, hash }) => {
    const link = `/accounts${queryOf({ lang: language, book })}`;
    return [
      `<tr><th scope="row"><a href="${link}">${escapeHtml(book)}</a></th>`,
      `<td class="n">${seq.toLocaleString(said.locale)}</td>`,
      `<td class="soft">${moment(at)}</td></tr>`,
      `<tr><td class="hash" colspan="3">${hash}</td></tr>`,
    ].join("");
  });
  const columns = [
    `<th scope="col">${escapeHtml(said.book)}</th><th scope="col" class="n">${escapeHtml(said.seq)}</th>`,
    `<th scope="col">${escapeHtml(said.newest)}</th>`,
  ];
  const more =
    cursor === undefined
      ? ""
      : `<p><a href="${queryOf({ lang: language, cursor })}">${escapeHtml(said.more)}</a></p>`;
  return `${title}<div class="card"><table class="heads"><tr>${columns.join("")}</tr>${rows.join("")}</table></div>${more}`;
}

function speedRow({ perSecond, of }: Rate, said: Words): readonly [string, string] {
  const speed = perSecond.toLocaleString(said.locale);
  return of === "transfers"
    ? [said.bookingRate, `${speed} ${said.transfersPerSecond}`]
    : [said.checkingRate, `${speed} ${said.linesPerSecond}`];
}

function rowsTable(rows: readonly (readonly [string, string])[]): string {
  const cells = rows.map(
    ([name, value]) =>
      `<tr><th scope="row">${escapeHtml(name)}</th><td class="n">${escapeHtml(value)}</td></tr>`,
  );
  return `<div class="card"><table>${cells.join("")}</table></div>`;
}

function booksPart({ books, prefix, language, book }: PageData, said: Words): string {
  const of = book === undefined ? "" : ` <small class="soft">${escapeHtml(book)}</small>`;
  const title = `<h2>${escapeHtml(said.balances)}${of}</h2>`;
  if (books === undefined) return `${title}<p class="soft">${escapeHtml(said.notYet)}</p>`;
  const link = `<p><a href="/accounts?lang=${language}">${escapeHtml(said.allAccounts)}</a></p>`;
  if (books.isMissing === true) {
    return `${title}<p class="soft">${escapeHtml(said.noSuchBook)}</p>`;
  }
  const ofBook =
    book === undefined ? "" : `<input type="hidden" name="book" value="${escapeHtml(book)}">`;
  const form = `<form action="/accounts"><input type="hidden" name="lang" value="${language}">${ofBook}
<label for="prefix">${escapeHtml(said.prefix)}</label>
<input id="prefix" name="prefix" value="${escapeHtml(prefix ?? "")}" placeholder="company">
<button>${escapeHtml(said.show)}</button></form>`;
  const above = prefix === undefined ? "" : form;
  if (books.accounts === undefined) {
    return `${title}${above}<p class="bad">${escapeHtml(said.unavailable)}</p>`;
  }
  if (books.accounts.length === 0) {
    return `${title}${above}<p class="soft">${escapeHtml(said.noAccounts)}</p>`;
  }
  const { cursor } = books;
  const more = `<p><a href="${queryOf({ lang: language, book, prefix, cursor })}">${escapeHtml(said.more)}</a></p>`;
  const below = prefix === undefined ? link : cursor === undefined ? "" : more;
  return `${title}${above}${accountsTable(books.accounts, said)}${below}`;
}

/** Broken between its parts, where it has to be. */
const pathHtml = (path: string): string => escapeHtml(path).replaceAll("/", "/<wbr>");

function accountsTable(accounts: readonly ShownAccount[], said: Words): string {
  const heads = [
    `<th scope="col">${escapeHtml(said.account)}</th>`,
    `<th scope="col">${escapeHtml(said.asset)}</th>`,
    `<th scope="col" class="n">${escapeHtml(said.available)}</th>`,
  ];
  const rows = accounts.map(
    ({ path, asset, availableMinor }) =>
      `<tr><td class="path">${pathHtml(path)}</td><td>${escapeHtml(asset)}</td><td class="n">${amountText(asset, availableMinor)}</td></tr>`,
  );
  return `<div class="card"><table><tr>${heads.join("")}</tr>${rows.join("")}</table></div>`;
}
