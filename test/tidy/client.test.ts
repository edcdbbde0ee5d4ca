/** The client stands alone: these tests hold its types to the ledger's and its code to browsers. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type * as client from "longmen/client";
import type * as flow from "longmen/flow";
import type * as ledger from "longmen/ledger";
import { expect, onTestFinished, test } from "vitest";
import { refusalCodes } from "../../src/ledger/index.ts";
import type * as api from "../../src/client/api-types.ts";
import type { Operations } from "../../src/client/api-operations.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));

type Same<A, B> = [A] extends [B] ? ([B] extends [A] ? true : false) : false;
type Fits<A, B> = [A] extends [B] ? true : false;
type SameKeys<A, B> = Same<keyof A, keyof B>;

/** Checked by the compiler: a line whose type is `false` doesn't compile. */
const agreed = {
  // What a book is asked is the same data, in process and over HTTP.
  request: true satisfies Same<client.Request, ledger.Request>,
  chain: true satisfies Same<client.Chain, ledger.Chain>,
  point: true satisfies Same<client.Point, ledger.Point>,
  filter: true satisfies Same<Omit<client.EntryFilter, "order">, ledger.EntryFilter>,
  // What it answers can be handled by the same code.
  balance: true satisfies Same<client.Balance, ledger.Balance>,
  created: true satisfies Same<client.Created, ledger.Created>,
  exists: true satisfies Same<client.Exists, ledger.Exists>,
  refusals: true satisfies Same<client.RefusalCode, ledger.RefusalCode>,
  account: true satisfies Same<client.AccountView, ledger.AccountView>,
  entry: true satisfies Fits<ledger.Entry, client.Entry>,
  entryKeys: true satisfies SameKeys<ledger.Entry, client.Entry>,
  trialBalance: true satisfies Same<client.TrialBalance, ledger.TrialBalance>,
  report: true satisfies Same<client.VerifyReport, ledger.VerifyReport>,
  // Of what the document says nothing is left out, and nothing made up.
  wireEntry: true satisfies SameKeys<api.Entry, client.Entry>,
  wireBalance: true satisfies SameKeys<api.Balance, client.Balance>,
  wireAccount: true satisfies SameKeys<api.Account, client.AccountView>,
  wireAsset: true satisfies SameKeys<api.Asset, client.AssetView>,
  wireChange: true satisfies SameKeys<api.Change, client.Change>,
  wireHead: true satisfies SameKeys<api.BookHead, client.Head>,
  wireTree: true satisfies SameKeys<api.TreeNode, client.TreeNode>,
  wireTrial: true satisfies SameKeys<api.TrialBalance, client.TrialBalance>,
  wireStatement: true satisfies SameKeys<api.Statement, client.StatementPage>,
  wireReport: true satisfies SameKeys<api.VerifyReport, client.VerifyReport>,
  wireKey: true satisfies SameKeys<api.Key, client.KeyView>,
  wireKeyEvent: true satisfies SameKeys<api.KeyEvent, client.KeyEvent>,
  wireRun: true satisfies SameKeys<api.Run, client.RunView>,
  run: true satisfies SameKeys<flow.RunView, client.RunView>,
  runStatus: true satisfies Same<flow.RunStatus, client.RunStatus>,
  wireStep: true satisfies SameKeys<api.RunStep, client.RunStep>,
  step: true satisfies SameKeys<flow.StepView, client.RunStep>,
  wireTrouble: true satisfies SameKeys<api.RunTrouble, client.RunTrouble>,
  trouble: true satisfies SameKeys<flow.TroubleView, client.RunTrouble>,
  wireLease: true satisfies SameKeys<api.Lease, client.LeaseView>,
  lease: true satisfies SameKeys<flow.LeaseView, client.LeaseView>,
  wireNewKey: true satisfies SameKeys<api.NewKeyBody, client.NewKey>,
  wireTransfer: true satisfies SameKeys<api.TransferRequest, client.PostedTransfer>,
  wirePending: true satisfies SameKeys<api.PendingRequest, client.PendingTransfer>,
  wirePost: true satisfies SameKeys<api.PostRequest, client.PostTransfer>,
  wireVoid: true satisfies SameKeys<api.VoidRequest, client.VoidTransfer>,
  wireOpen: true satisfies SameKeys<api.OpenRequest, client.OpenAccount>,
  wireRefused: true satisfies SameKeys<api.RefusedItem, client.Refused & { index?: number }>,
  wireHistory: true satisfies Fits<
    keyof Omit<client.EntryFilter, never>,
    keyof Operations["listEntries"]["query"]
  >,
};

test("the client's types agree with the document's and the ledger's", () => {
  expect(Object.values(agreed).every(Boolean)).toBe(true);
});

test("the client knows every refusal of the ledger by name", async () => {
  const { refusalCodes: known } = await import("../../src/client/api-refusals.ts");
  expect([...known]).toEqual(Object.keys(refusalCodes));
});

test("the client compiles with a browser's names and none of Node's", () => {
  const folder = mkdtempSync(join(tmpdir(), "longmen-browser-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const config = {
    extends: join(root, "tsconfig.json"),
    compilerOptions: { lib: ["es2023", "dom", "dom.asynciterable"], types: [], noEmit: true },
    include: [],
    files: [join(root, "src/client/index.ts")],
  };
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(config));
  const compiler = join(root, "node_modules/typescript/bin/tsc");
  const { stdout } = spawnSync(process.execPath, [compiler, "-p", folder], { encoding: "utf8" });
  expect(stdout).toBe("");
});
