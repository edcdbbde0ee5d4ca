/** What a provider answers or calls back, as it comes: nothing of it is believed before it is read. */

export interface ProviderDone {
  readonly status: "done";
  /** The provider's own name for what is there now. */
  readonly reference?: string | undefined;
}

export interface ProviderRefused {
  readonly status: "refused";
  readonly reason?: string | undefined;
}

/** What is final. */
export type Callback = ProviderDone | ProviderRefused;

export type Said = Callback | { readonly status: "later" };

export interface Malformed {
  readonly status: "malformed";
  readonly reason: string;
}

const WORDS_MAX = 500;

export function readCallback(payload: unknown): Callback | Malformed {
  if (typeof payload !== "object" || payload === null) return malformed("it is no object");
  const { status, reference, reason } = payload as Readonly<Record<string, unknown>>;
  if (!isWord(reference)) return malformed("its reference is no text of up to 500 characters");
  if (!isWord(reason)) return malformed("its reason is no text of up to 500 characters");
  if (status === "done") return { status, reference };
  if (status === "refused") return { status, reason };
  return malformed("its status is neither done nor refused");
}

function isWord(word: unknown): word is string | undefined {
  return word === undefined || (typeof word === "string" && word.length <= WORDS_MAX);
}

function malformed(reason: string): Malformed {
  return { status: "malformed", reason };
}
