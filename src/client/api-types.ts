/** What travels over HTTP. Made by `npm run generate` from the OpenAPI document; change src/http instead. */

export * from "./api-run-types.ts";
export * from "./api-order-types.ts";
export * from "./api-offering-types.ts";
export * from "./api-catalog-types.ts";
export * from "./api-rule-types.ts";
export interface Account {
  readonly path: string;
  readonly asset: string;
  readonly side: "debit" | "credit";
  readonly openedSeq: number;
  readonly balance: Balance;
  readonly available: string;
}
export interface AccountPage {
  readonly items: readonly Account[];
  readonly cursor?: string;
}
export interface Asset {
  readonly asset: string;
  readonly scale: number;
  readonly refusals: "forever" | "window";
  readonly seq: number;
}
export interface AssetBody {
  readonly id?: string;
  readonly asset: string;
  readonly refusals?: "forever" | "window";
  readonly rule?: string;
}
export interface AssetPage {
  readonly items: readonly Asset[];
  readonly cursor?: string;
}
export interface AssetRequest {
  readonly kind: "asset";
  readonly id?: string;
  readonly asset: string;
  readonly refusals?: "forever" | "window";
}
export interface AssetSum {
  readonly asset: string;
  readonly accounts: number;
  readonly debitsPending: string;
  readonly debitsPosted: string;
  readonly creditsPending: string;
  readonly creditsPosted: string;
  readonly balanced: boolean;
}
export interface Balance {
  readonly seq: number;
  readonly debitsPending: string;
  readonly debitsPosted: string;
  readonly creditsPending: string;
  readonly creditsPosted: string;
  readonly bound: string;
  readonly closed: boolean;
}
export interface BatchAnswer {
  readonly seq: number;
  readonly items: readonly (Carried | CarriedChain | RefusedItem)[];
}
export interface BatchBody {
  readonly items: readonly (
    | TransferRequest
    | PendingRequest
    | PostRequest
    | VoidRequest
    | OpenRequest
    | BoundRequest
    | CloseRequest
    | ReopenRequest
    | AssetRequest
    | ChainItem
  )[];
  readonly rule?: string;
}
export interface BookHead {
  readonly name: string;
  readonly seq: number;
  readonly at: string;
  readonly hash: string;
  readonly created: { readonly at: string; readonly by?: string; readonly request?: string };
}
export interface BookPage {
  readonly items: readonly string[];
  readonly cursor?: string;
}
export interface BoundBody {
  readonly id: string;
  readonly path: string;
  readonly asset: string;
  readonly bound: string;
  readonly rule?: string;
}
export interface BoundRequest {
  readonly kind: "bound";
  readonly id: string;
  readonly path: string;
  readonly asset: string;
  readonly bound: string;
}
export interface Carried {
  readonly status: "created" | "exists";
  readonly seq: number;
  readonly at: string;
  readonly amount: string;
  readonly debit?: Balance;
  readonly credit?: Balance;
}
export interface CarriedChain {
  readonly status: "created" | "exists";
  readonly seq: number;
  readonly answers: readonly Carried[];
}
export interface ChainBody {
  readonly chain: string;
  readonly requests: readonly (
    | TransferRequest
    | PendingRequest
    | PostRequest
    | VoidRequest
    | OpenRequest
    | BoundRequest
    | CloseRequest
    | ReopenRequest
    | AssetRequest
  )[];
  readonly rule?: string;
}
export interface ChainEntries {
  readonly chain: string;
  readonly entries: readonly Entry[];
}
export interface ChainItem {
  readonly chain: string;
  readonly requests: readonly (
    | TransferRequest
    | PendingRequest
    | PostRequest
    | VoidRequest
    | OpenRequest
    | BoundRequest
    | CloseRequest
    | ReopenRequest
    | AssetRequest
  )[];
}
export interface Change {
  readonly entry: Entry;
  readonly debit?: Balance;
  readonly credit?: Balance;
}
export interface Changes {
  readonly items: readonly Change[];
  readonly after: number;
}
export interface CloseBody {
  readonly id: string;
  readonly path: string;
  readonly asset: string;
  readonly rule?: string;
}
export interface CloseRequest {
  readonly kind: "close";
  readonly id: string;
  readonly path: string;
  readonly asset: string;
}
export interface Entry {
  readonly seq: number;
  readonly at: string;
  readonly id: string;
  readonly kind: string;
  readonly refused?: string;
  readonly asset?: string;
  readonly debit?: string;
  readonly credit?: string;
  readonly amount?: string;
  readonly requested?: string;
  readonly balancing?: "debit" | "credit" | "both";
  readonly pendingSeq?: number;
  readonly timeoutMs?: number;
  readonly expiresAt?: string;
  readonly code?: number;
  readonly chain?: string;
  readonly chainIndex?: number;
  readonly chainLength?: number;
  readonly reference?: string;
  readonly metadata?: string;
  readonly effectiveAt?: string;
  readonly by?: string;
  readonly request?: string;
  readonly rule?: string;
  readonly named?: string;
  readonly archived?: true;
}
export interface EntryPage {
  readonly items: readonly Entry[];
  readonly cursor?: string;
}
export interface Finding {
  readonly invariant: string;
  readonly message: string;
  readonly seq?: number;
  readonly id?: string;
  readonly account?: string;
  readonly asset?: string;
}
export interface Key {
  readonly keyId: string;
  readonly owner: string;
  readonly ownerKind: "person" | "service";
  readonly scopes: readonly string[];
  readonly note?: string;
  readonly state: "live" | "expired" | "revoked";
  readonly createdAt: string;
  readonly expiresAt?: string;
  readonly rotatedAt?: string;
  readonly formerUntil?: string;
  readonly revokedAt?: string;
}
export interface KeyEvent {
  readonly number: number;
  readonly at: string;
  readonly what: string;
  readonly keyId: string;
  readonly owner: string;
  readonly graceMs?: number;
  readonly by: string;
  readonly from: string;
  readonly request: string;
}
export interface KeyEventPage {
  readonly items: readonly KeyEvent[];
  readonly cursor?: string;
}
export interface KeyPage {
  readonly items: readonly Key[];
  readonly cursor?: string;
}
export interface KeyReplayed {
  readonly key: Key;
  readonly replayed: true;
  readonly advice: string;
}
export interface KeyWithToken {
  readonly key: Key;
  readonly token: string;
}
export interface NewKeyBody {
  readonly owner: string;
  readonly ownerKind: "person" | "service";
  readonly scopes: readonly string[];
  readonly expiresAt?: string;
  readonly note?: string;
}
export interface OpenBody {
  readonly id?: string;
  readonly path: string;
  readonly asset: string;
  readonly side: "debit" | "credit";
  readonly bound?: string;
  readonly rule?: string;
}
export interface OpenRequest {
  readonly kind: "open";
  readonly id?: string;
  readonly path: string;
  readonly asset: string;
  readonly side: "debit" | "credit";
  readonly bound?: string;
}
export interface PendingBody {
  readonly kind: "pending";
  readonly id: string;
  readonly asset: string;
  readonly debit: string;
  readonly credit: string;
  readonly amount: string;
  readonly balancing?: "debit" | "credit" | "both";
  readonly code?: number;
  readonly reference?: string;
  readonly metadata?: string;
  readonly effectiveAt?: string;
  readonly timeoutMs?: number;
  readonly rule?: string;
}
export interface PendingRequest {
  readonly kind: "pending";
  readonly id: string;
  readonly asset: string;
  readonly debit: string;
  readonly credit: string;
  readonly amount: string;
  readonly balancing?: "debit" | "credit" | "both";
  readonly code?: number;
  readonly reference?: string;
  readonly metadata?: string;
  readonly effectiveAt?: string;
  readonly timeoutMs?: number;
}
export interface PostRequest {
  readonly kind: "post";
  readonly pendingId: string;
  readonly id: string;
  readonly amount?: string;
  readonly debit?: string;
  readonly credit?: string;
  readonly asset?: string;
  readonly code?: number;
  readonly reference?: string;
  readonly metadata?: string;
  readonly effectiveAt?: string;
}
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail?: string;
  readonly code: string;
  readonly advice?: string;
  readonly retry: "never" | "same_request" | "later";
  readonly retryAfterMs?: number;
  readonly seq?: number;
  readonly original?: string;
  readonly index?: number;
  readonly pointer?: string;
  readonly pointers?: readonly string[];
  readonly details?: Readonly<Record<string, string | number>>;
  readonly words?: { readonly en: string; readonly zh: string };
  readonly mistakes?: readonly { readonly at: string; readonly en: string; readonly zh?: string }[];
  readonly traceId: string;
}
export interface RefusedItem {
  readonly status: "refused";
  readonly code: string;
  readonly detail: string;
  readonly seq?: number;
  readonly original?: string;
  readonly index?: number;
}
export interface ReopenRequest {
  readonly kind: "reopen";
  readonly id: string;
  readonly path: string;
  readonly asset: string;
}
export interface ResolutionBody {
  readonly id: string;
  readonly amount?: string;
  readonly debit?: string;
  readonly credit?: string;
  readonly asset?: string;
  readonly code?: number;
  readonly reference?: string;
  readonly metadata?: string;
  readonly effectiveAt?: string;
  readonly rule?: string;
}
export interface RotateBody {
  readonly graceMs?: number;
}
export interface Statement {
  readonly path: string;
  readonly asset: string;
  readonly opening: Balance;
  readonly lines: readonly StatementLine[];
  readonly closing: Balance;
  readonly cursor?: string;
}
export interface StatementLine {
  readonly entry: Entry;
  readonly balance: Balance;
}
export interface TransferBody {
  readonly kind?: "transfer";
  readonly id: string;
  readonly asset: string;
  readonly debit: string;
  readonly credit: string;
  readonly amount: string;
  readonly balancing?: "debit" | "credit" | "both";
  readonly code?: number;
  readonly reference?: string;
  readonly metadata?: string;
  readonly effectiveAt?: string;
  readonly rule?: string;
}
export interface TransferRequest {
  readonly kind?: "transfer";
  readonly id: string;
  readonly asset: string;
  readonly debit: string;
  readonly credit: string;
  readonly amount: string;
  readonly balancing?: "debit" | "credit" | "both";
  readonly code?: number;
  readonly reference?: string;
  readonly metadata?: string;
  readonly effectiveAt?: string;
}
export interface TreeNode {
  readonly path: string;
  readonly hasChildren: boolean;
  readonly complete: boolean;
  readonly sums?: readonly TreeSum[];
}
export interface TreePage {
  readonly items: readonly TreeNode[];
  readonly cursor?: string;
}
export interface TreeSum {
  readonly asset: string;
  readonly accounts: number;
  readonly debitsPending: string;
  readonly debitsPosted: string;
  readonly creditsPending: string;
  readonly creditsPosted: string;
}
export interface TrialBalance {
  readonly seq: number;
  readonly balanced: boolean;
  readonly assets: readonly AssetSum[];
}
export interface Verification {
  readonly id: string;
  readonly node: string;
  readonly state: "running" | "done" | "failed";
  readonly done: number;
  readonly total: number;
  readonly startedAt: string;
  readonly problem?: string;
  readonly report?: VerifyReport;
}
export interface VerifyBody {
  readonly expectHead?: string;
}
export interface VerifyReport {
  readonly verified: boolean;
  readonly book: string;
  readonly head: { readonly seq: number; readonly at: string; readonly hash: string };
  readonly entries: number;
  readonly batches: number;
  readonly accounts: number;
  readonly findings: readonly Finding[];
  readonly findingsCount: number;
  readonly archivedThrough?: number;
  readonly seconds: number;
}
export interface VoidRequest {
  readonly kind: "void";
  readonly pendingId: string;
  readonly id: string;
  readonly amount?: string;
  readonly debit?: string;
  readonly credit?: string;
  readonly asset?: string;
  readonly code?: number;
  readonly reference?: string;
  readonly metadata?: string;
  readonly effectiveAt?: string;
}
