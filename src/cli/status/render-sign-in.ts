/** The door of the page: a form, no script. */
import { EVERY_BOOK } from "./page-gate.ts";
import { escapeHtml } from "./html.ts";
import { style } from "./render-page.ts";
import { type Language, words } from "./words.ts";

export interface SignInData {
  readonly language: Language;
  /** What the page shows: a book, or `*` for every book. */
  readonly book: string;
  /** Is it open to who looks at it from this machine? */
  readonly isOpenHere: boolean;
  /** Of the link that was followed: one click, since a preview of the link must not use it up. */
  readonly code?: string | undefined;
  readonly problem?: "wrong" | "starting" | "later" | undefined;
}

export function renderSignIn(data: SignInData): string {
  const { language, book, isOpenHere, code, problem } = data;
  const said = words[language].signIn;
  const other: Language = language === "en" ? "zh" : "en";
  const told = problem === undefined ? "" : `<p class="bad">${escapeHtml(said[problem])}</p>`;
  const key = book === EVERY_BOOK ? said.keyOfAll : said.key.replace("{book}", book);
  const button = `<button>${escapeHtml(said.enter)}</button>`;
  const field =
    code === undefined
      ? `<label for="key">${escapeHtml(key)}</label>
<input id="key" name="key" type="password" autocomplete="current-password" required autofocus>${button}`
      : `<p>${escapeHtml(said.byLink)}</p><input type="hidden" name="code" value="${escapeHtml(code)}">${button}`;
  // The link is good once: the other language must not lose it.
  const here = new URLSearchParams({ lang: other, ...(code !== undefined && { code }) });
  return `<!doctype html>
<html lang="${language}"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1">
<title>${escapeHtml(said.title)}</title><style>${style}</style></head><body>
<header><h1>${escapeHtml(said.title)}</h1>
<a href="/sign-in?${escapeHtml(here.toString())}" lang="${other}">${escapeHtml(words[language].other)}</a></header>
<main>${told}<p>${escapeHtml(isOpenHere ? said.openHere : said.openNowhere)}</p>
<form method="post" action="/sign-in?lang=${language}"${code === undefined ? "" : ' class="link"'}>${field}</form></main>
</body></html>
`;
}
