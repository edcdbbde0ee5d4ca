/** Keeping secrets out of logs and of `longmen config`. */

export const MASK = "***";

const SECRET_KEY = /password|passwd|secret|token|authorization|api_?key|private_?key|cookie/i;
// The user part may be empty; the password runs to the last @ before the path.
const URL_PASSWORD = /([a-z][a-z0-9+.-]*:\/\/[^\s:/?#@]*):[^\s/?#]*@/gi;
const QUERY_PASSWORD = /([?&](?:password|sslpassword|token|secret)=)[^&\s#"]*/gi;

/** Does a field of this name hold a secret? */
export function isSecretKey(name: string): boolean {
  return SECRET_KEY.test(name);
}

/** The text with the passwords of all URLs in it masked. */
export function maskUrlPasswords(text: string): string {
  if (!text.includes("://")) return text;
  return text.replace(URL_PASSWORD, `$1:${MASK}@`).replace(QUERY_PASSWORD, `$1${MASK}`);
}
