/** The door of the page: a form, no script. */
import { escapeHtml, style } from "./render-page.ts";
import { type Language, words } from "./words.ts";

export interface SignInData {
  readonly language: Language;
  /** Of the link that was followed: one click, since a preview of the link must not use it up. */
  readonly code?: string | undefined;
  readonly problem?: "wrong" | "starting" | "later" | undefined;
}

export function renderSignIn({ language, code, problem }: SignInData): string {
  const said = words[language].signIn;
  const told = problem === undefined ? "" : `<p class="bad">${escapeHtml(said[problem])}</p>`;
  const field =
    code === undefined
      ? `<label for="key">${escapeHtml(said.key)}</label>
<input id="key" name="key" type="password" autocomplete="current-password" required autofocus>`
      : `<label>${escapeHtml(said.byLink)}</label><input type="hidden" name="code" value="${escapeHtml(code)}"><span></span>`;
  return `<!doctype html>
<html lang="${language}"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1">
<title>${escapeHtml(said.title)}</title><style>${style}</style></head><body>
<header><h1>${escapeHtml(said.title)}</h1></header>
<main>${told}<p>${escapeHtml(said.why)}</p>
<form method="post" action="/sign-in?lang=${language}">${field}
<button>${escapeHtml(said.enter)}</button></form></main>
</body></html>
`;
}
