/** The bodies that are taken: src/ledger/transfer.ts on the wire. */
import { Type, type Static } from "typebox";
import {
  Amount,
  AssetCode,
  Balancing,
  Bound,
  closed,
  Id,
  named,
  Path,
  Policy,
  Side,
  Time,
} from "./schemas.ts";

const described = {
  code: Type.Optional(Type.Integer({ description: "0 to 2147483647: why, in your own numbers." })),
  reference: Type.Optional(Type.String({ description: "Your own key: an order, an invoice." })),
  metadata: Type.Optional(
    Type.String({ description: "JSON text of at most 4 KiB, kept byte by byte." }),
  ),
  effectiveAt: Type.Optional(Time),
};

const movement = {
  id: Id,
  asset: AssetCode,
  debit: Path,
  credit: Path,
  amount: Amount,
  balancing: Type.Optional(Balancing),
  ...described,
};

const resolution = {
  id: Id,
  amount: Type.Optional(Amount),
  debit: Type.Optional(Path),
  credit: Type.Optional(Path),
  asset: Type.Optional(AssetCode),
  ...described,
};

const timeoutMs = Type.Optional(
  Type.Integer({ description: "After so long the hold frees itself.", examples: [900_000] }),
);
const rule = Type.Optional(
  Type.String({ description: "By which version of which rule; kept with every entry." }),
);
const place = { path: Path, asset: AssetCode };

const kindTransfer = Type.Optional(Type.Literal("transfer"));
const kindPending = Type.Literal("pending");

export const Transfer = named("TransferRequest", { kind: kindTransfer, ...movement });
export const Pending = named("PendingRequest", { kind: kindPending, ...movement, timeoutMs });
export const Post = named("PostRequest", {
  kind: Type.Literal("post"),
  pendingId: Id,
  ...resolution,
});
export const Void = named("VoidRequest", {
  kind: Type.Literal("void"),
  pendingId: Id,
  ...resolution,
});
export const Open = named("OpenRequest", {
  kind: Type.Literal("open"),
  id: Type.Optional(Id),
  ...place,
  side: Side,
  bound: Type.Optional(Bound),
});
export const SetBound = named("BoundRequest", {
  kind: Type.Literal("bound"),
  id: Id,
  ...place,
  bound: Bound,
});
export const Close = named("CloseRequest", { kind: Type.Literal("close"), id: Id, ...place });
export const Reopen = named("ReopenRequest", { kind: Type.Literal("reopen"), id: Id, ...place });
export const DefineAsset = named("AssetRequest", {
  kind: Type.Literal("asset"),
  id: Type.Optional(Id),
  asset: AssetCode,
  refusals: Type.Optional(Policy),
});

/** Every kind of request by its name: what a chain and a batch hold. */
export const requestKinds = {
  transfer: Transfer,
  pending: Pending,
  post: Post,
  void: Void,
  open: Open,
  bound: SetBound,
  close: Close,
  reopen: Reopen,
  asset: DefineAsset,
} as const;

export type WireRequest = Static<(typeof requestKinds)[keyof typeof requestKinds]>;

/** POST …/transfers: a transfer or a hold, with the rule that made it. */
export const transferBodies = {
  transfer: named("TransferBody", { kind: kindTransfer, ...movement, rule }),
  pending: named("PendingBody", { kind: kindPending, ...movement, timeoutMs, rule }),
} as const;
export type TransferBody = Static<(typeof transferBodies)[keyof typeof transferBodies]>;

export const ResolutionBody = named("ResolutionBody", { ...resolution, rule });
export const OpenBody = named("OpenBody", {
  id: Type.Optional(Id),
  ...place,
  side: Side,
  bound: Type.Optional(Bound),
  rule,
});
export const BoundBody = named("BoundBody", { id: Id, ...place, bound: Bound, rule });
export const CloseBody = named("CloseBody", { id: Id, ...place, rule });
export const AssetBody = named("AssetBody", {
  id: Type.Optional(Id),
  asset: AssetCode,
  refusals: Type.Optional(Policy),
  rule,
});

/** What of a chain and a batch is checked before its requests are, one by one. */
export const ChainOutline = closed({ chain: Id, requests: Type.Array(Type.Unknown()), rule });
export const ChainItemOutline = closed({ chain: Id, requests: Type.Array(Type.Unknown()) });
export const BatchOutline = closed({ items: Type.Array(Type.Unknown()), rule });
export const NoBody = closed({});

export const NewKeyBody = named("NewKeyBody", {
  owner: Type.String(),
  ownerKind: Type.Union([Type.Literal("person"), Type.Literal("service")]),
  scopes: Type.Array(Type.String(), { examples: [["read@retail", "write@retail:shop/a"]] }),
  expiresAt: Type.Optional(Time),
  note: Type.Optional(Type.String()),
});
export const RotateBody = named("RotateBody", {
  graceMs: Type.Optional(
    Type.Integer({ description: "How long the secret before stays good; 0 when left out." }),
  ),
});
export const VerifyBody = named("VerifyBody", {
  expectHead: Type.Optional(
    Type.String({
      description: "A hash that the chain must pass through.",
      pattern: "^[0-9a-f]{64}$",
    }),
  ),
});
