/** Nodes that the client promises to run on and the house itself does not, and what a shop does there. */
import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

export const OLDER_NODES = [20, 22] as const;

/** What a shop does all day, on the packed client. */
export const clientStory = `
import { connect, LongmenProblem } from "longmen/client";
const [, , url, key] = process.argv;
const book = connect({ url, key }).book("retail");
const sale = (id, amount) => ({ id, asset: "CNY/2", debit: "shop/cash", credit: "shop/sales", amount });
const answers = await Promise.all(["a", "b", "c"].map((id) => book.submit(sale(id, 100n))));
const again = await book.submit(sale("a", 100n));
const tooMuch = { ...sale("d", 999n), debit: "shop/sales", credit: "shop/cash" };
const refused = await book.submit(tooMuch);
const entries = [];
for await (const entry of book.history({ account: "shop/sales" })) entries.push(entry.id);
const feed = [];
for await (const change of book.changes({ after: 0 })) if (feed.push(change.entry.seq) === 5) break;
const { verified } = await book.verify();
const csv = await new Response(await book.statementCsv({ path: "shop/sales", asset: "CNY/2" })).text();
const problem = await connect({ url, key: "lm_wrong" }).book("retail").head().catch((error) => error);
const { available } = await book.account("shop/sales", "CNY/2");
console.log(JSON.stringify({
  major: Number(process.versions.node.split(".")[0]),
  statuses: [...answers, again, refused].map(({ status }) => status),
  entries, feed, verified, lines: csv.trim().split("\\n").length > 3,
  problem: problem instanceof LongmenProblem && problem.code,
  available: String(available),
}));
`;

/** That Node from npm, as the toolchain takes ours; undefined where there is none to be had. */
export function nodeOf(major: number, folder: string): string | undefined {
  const name = `node-${process.platform === "win32" ? "win" : process.platform}-${process.arch}`;
  const args = ["install", "--prefer-offline", "--no-audit", "--no-fund", `${name}@${major}`];
  try {
    writeFileSync(join(folder, "package.json"), '{"private":true}');
    execFileSync("npm", args, {
      cwd: folder,
      stdio: "ignore",
      shell: process.platform === "win32",
    });
  } catch {
    return undefined;
  }
  const bin = join(folder, "node_modules", name, "bin");
  const program = readdirSync(bin).find((file) => /^node(\.exe)?$/.test(file));
  return program === undefined || !existsSync(bin) ? undefined : join(bin, program);
}
