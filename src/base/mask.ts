/** Keeping secrets out of logs and of `longmen config`. */

export const MASK = "***";

const SECRET_KEY = /password|passwd|secret|token|authorization|api_?key|private_?key|cookie/i;
// The user part may be empty; the password runs to the last @ before the path.
const URL_PASSWORD = /([a-z][a-z0-9+.-]*:\/\/[^\s:/?#@]*):[^\s/?#]*@/gi;
const QUERY_PASSWORD = /([?&](?:password|sslpassword|token|secret)=)[^&\s#"]*/gi;

const TOKEN = /(lm_[a-z2-7]{12}_)[\w-]+/g;

/** Does a field of this name hold a secret? */
export function isSecretKey(name: string): boolean {
  return SECRET_KEY.test(name);
}

/** The text with the passwords of all URLs in it masked. */
export function maskUrlPasswords(text: string): string {
  if (!text.includes("://")) return text;
  return text.replace(URL_PASSWORD, `$1:${MASK}@`).replace(QUERY_PASSWORD, `$1${MASK}`);
}

/** The text with the secrets of all tokens in it masked; the ids of their keys stay. */
export function maskTokens(text: string): string {
  return text.includes("lm_") ? text.replace(TOKEN, `$1${MASK}`) : text;
}

/** What may stand in a log or on a screen: no passwords of URLs, no secrets of tokens. */
export function maskSecrets(text: string): string {
  return maskTokens(maskUrlPasswords(text));
}
