import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { clientShop, earned } from "./client-shop.ts";

/** Takes away what only Node has before the client is loaded, then sells. */
const page = `
const { argv, stdout } = process;
const mine = ["process", "Buffer", "global", "setImmediate", "clearImmediate", "require", "module"];
for (const name of mine) delete globalThis[name];
const { connect } = await import(argv[1]);
const book = connect({ url: argv[2], key: argv[3] }).book("retail");
const sale = (id) => ({ id, asset: "CNY/2", debit: "shop/cash", credit: "shop/sales", amount: 100n });
const answers = await Promise.all(["a", "b", "c"].map((id) => book.submit(sale(id))));
const { available } = await book.account("shop/sales", "CNY/2");
const left = mine.filter((name) => name in globalThis);
stdout.write(JSON.stringify([answers.map(({ status }) => status), String(available), left]));
`;

test("runs where Node's own names are missing, as in a browser", async () => {
  const shop = await clientShop();
  const client = new URL("../../src/client/index.ts", import.meta.url).href;
  const options = [
    "--input-type=module",
    "--eval",
    page,
    client,
    shop.shop.url,
    shop.shop.adminKey,
  ];
  const { stdout } = await promisify(execFile)(process.execPath, options);
  expect(JSON.parse(stdout)).toEqual([["created", "created", "created"], "300", []]);
  expect(await earned(shop)).toBe(300n);
});
