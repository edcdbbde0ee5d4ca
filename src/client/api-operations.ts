/** What each operation takes and answers. Made by `npm run generate` from the OpenAPI document; change src/http instead. */

import type { RunOperations } from "./api-run-operations.ts";
import type { OrderOperations } from "./api-order-operations.ts";
import type { OfferingOperations } from "./api-offering-operations.ts";
import type { CatalogOperations } from "./api-catalog-operations.ts";
import type { RuleOperations } from "./api-rule-operations.ts";
import type {
  Account,
  AccountPage,
  AssetBody,
  AssetPage,
  Balance,
  BatchAnswer,
  BatchBody,
  BookHead,
  BookPage,
  BoundBody,
  Carried,
  CarriedChain,
  ChainBody,
  ChainEntries,
  Changes,
  CloseBody,
  Entry,
  EntryPage,
  Key,
  KeyEventPage,
  KeyPage,
  KeyReplayed,
  KeyWithToken,
  NewKeyBody,
  OpenBody,
  PendingBody,
  ResolutionBody,
  RotateBody,
  Statement,
  TransferBody,
  TreePage,
  TrialBalance,
  Verification,
  VerifyBody,
} from "./api-types.ts";

export interface Operations
  extends RunOperations, OrderOperations, OfferingOperations, CatalogOperations, RuleOperations {
  readonly batch: {
    readonly params: { readonly book: string };
    readonly query: undefined;
    readonly body: BatchBody;
    readonly answer: BatchAnswer;
  };
  readonly boundAccount: {
    readonly params: { readonly book: string };
    readonly query: undefined;
    readonly body: BoundBody;
    readonly answer: Carried;
  };
  readonly chain: {
    readonly params: { readonly book: string };
    readonly query: undefined;
    readonly body: ChainBody;
    readonly answer: CarriedChain;
  };
  readonly closeAccount: {
    readonly params: { readonly book: string };
    readonly query: undefined;
    readonly body: CloseBody;
    readonly answer: Carried;
  };
  readonly createBook: {
    readonly params: { readonly book: string };
    readonly query: undefined;
    readonly body: Record<string, never>;
    readonly answer: BookHead;
  };
  readonly createKey: {
    readonly params: undefined;
    readonly query: undefined;
    readonly body: NewKeyBody;
    readonly answer: KeyReplayed | KeyWithToken;
  };
  readonly defineAsset: {
    readonly params: { readonly book: string };
    readonly query: undefined;
    readonly body: AssetBody;
    readonly answer: Carried;
  };
  readonly listAccounts: {
    readonly params: { readonly book: string };
    readonly query: {
      readonly prefix?: string;
      readonly asset?: string;
      readonly cursor?: string;
      readonly limit?: string;
    };
    readonly body: undefined;
    readonly answer: AccountPage;
  };
  readonly listAssets: {
    readonly params: { readonly book: string };
    readonly query: { readonly cursor?: string; readonly limit?: string };
    readonly body: undefined;
    readonly answer: AssetPage;
  };
  readonly listBooks: {
    readonly params: undefined;
    readonly query: { readonly cursor?: string; readonly limit?: string };
    readonly body: undefined;
    readonly answer: BookPage;
  };
  readonly listEntries: {
    readonly params: { readonly book: string };
    readonly query: {
      readonly account?: string;
      readonly asset?: string;
      readonly prefix?: string;
      readonly reference?: string;
      readonly code?: string;
      readonly from?: string;
      readonly to?: string;
      readonly refusals?: "true" | "false";
      readonly order?: "newest" | "oldest";
      readonly cursor?: string;
      readonly limit?: string;
    };
    readonly body: undefined;
    readonly answer: EntryPage;
  };
  readonly listKeyEvents: {
    readonly params: undefined;
    readonly query: { readonly cursor?: string; readonly limit?: string };
    readonly body: undefined;
    readonly answer: KeyEventPage;
  };
  readonly listKeys: {
    readonly params: undefined;
    readonly query: { readonly cursor?: string; readonly limit?: string };
    readonly body: undefined;
    readonly answer: KeyPage;
  };
  readonly openAccount: {
    readonly params: { readonly book: string };
    readonly query: undefined;
    readonly body: OpenBody;
    readonly answer: Carried;
  };
  readonly postHold: {
    readonly params: { readonly book: string; readonly id: string };
    readonly query: undefined;
    readonly body: ResolutionBody;
    readonly answer: Carried;
  };
  readonly readAccount: {
    readonly params: { readonly book: string };
    readonly query: { readonly path: string; readonly asset: string };
    readonly body: undefined;
    readonly answer: Account;
  };
  readonly readBalance: {
    readonly params: { readonly book: string };
    readonly query: {
      readonly path: string;
      readonly asset: string;
      readonly seq?: string;
      readonly at?: string;
      readonly effectiveAt?: string;
    };
    readonly body: undefined;
    readonly answer: Balance;
  };
  readonly readBook: {
    readonly params: { readonly book: string };
    readonly query: undefined;
    readonly body: undefined;
    readonly answer: BookHead;
  };
  readonly readChain: {
    readonly params: { readonly book: string; readonly chain: string };
    readonly query: undefined;
    readonly body: undefined;
    readonly answer: ChainEntries;
  };
  readonly readChanges: {
    readonly params: { readonly book: string };
    readonly query: { readonly after?: string; readonly limit?: string; readonly waitMs?: string };
    readonly body: undefined;
    readonly answer: Changes;
  };
  readonly readStatement: {
    readonly params: { readonly book: string };
    readonly query: {
      readonly path: string;
      readonly asset: string;
      readonly from?: string;
      readonly to?: string;
      readonly moves?: "true" | "false";
      readonly format?: "json" | "csv";
      readonly cursor?: string;
      readonly limit?: string;
    };
    readonly body: undefined;
    readonly answer: Statement;
  };
  readonly readTransfer: {
    readonly params: { readonly book: string; readonly id: string };
    readonly query: undefined;
    readonly body: undefined;
    readonly answer: Entry;
  };
  readonly readTree: {
    readonly params: { readonly book: string };
    readonly query: {
      readonly prefix?: string;
      readonly asset?: string;
      readonly cursor?: string;
      readonly limit?: string;
    };
    readonly body: undefined;
    readonly answer: TreePage;
  };
  readonly readTrialBalance: {
    readonly params: { readonly book: string };
    readonly query: undefined;
    readonly body: undefined;
    readonly answer: TrialBalance;
  };
  readonly readVerification: {
    readonly params: { readonly book: string; readonly id: string };
    readonly query: undefined;
    readonly body: undefined;
    readonly answer: Verification;
  };
  readonly reopenAccount: {
    readonly params: { readonly book: string };
    readonly query: undefined;
    readonly body: CloseBody;
    readonly answer: Carried;
  };
  readonly revokeKey: {
    readonly params: { readonly id: string };
    readonly query: undefined;
    readonly body: Record<string, never>;
    readonly answer: Key;
  };
  readonly rotateKey: {
    readonly params: { readonly id: string };
    readonly query: undefined;
    readonly body: RotateBody;
    readonly answer: KeyWithToken | KeyReplayed;
  };
  readonly startVerification: {
    readonly params: { readonly book: string };
    readonly query: undefined;
    readonly body: VerifyBody;
    readonly answer: Verification;
  };
  readonly transfer: {
    readonly params: { readonly book: string };
    readonly query: undefined;
    readonly body: TransferBody | PendingBody;
    readonly answer: Carried;
  };
  readonly voidHold: {
    readonly params: { readonly book: string; readonly id: string };
    readonly query: undefined;
    readonly body: ResolutionBody;
    readonly answer: Carried;
  };
}
