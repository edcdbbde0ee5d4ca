/** A book's shop as commands ask for it: of the database here, as the operator, or of a node that runs. */
import { randomBytes } from "node:crypto";
import type { Access, Principal } from "../../access/index.ts";
import { connect, type Shop } from "../../client/index.ts";
import { type CommandContext, textOption } from "../command.ts";
import { onNodeOr } from "../runs/asked-runs.ts";
import type { OpenHouse } from "../open-house.ts";
import { operator } from "../operator.ts";
import { RETAIL_BOOK } from "../replay/replay.ts";
import { openSelling } from "./open-selling.ts";

const TOKEN_BYTES = 32;

/**
 * One way for both: through the API with its client. On the database itself this command serves it for a moment,
 * to itself alone, by a token that is in its memory and nowhere else.
 */
export function withShop<T>(context: CommandContext, work: (shop: Shop) => Promise<T>): Promise<T> {
  const book = textOption(context, "book") ?? RETAIL_BOOK;
  return onNodeOr(
    context,
    (node) => work(node.book(book).shop),
    (house) => withOwnApi(house, (url, key) => work(connect({ url, key }).book(book).shop)),
  );
}

async function withOwnApi<T>(
  house: OpenHouse,
  work: (url: string, token: string) => Promise<T>,
): Promise<T> {
  const { ledger, log } = house;
  // Loaded on use: other commands don't pay for it.
  const { openHttp } = await import("../../http/index.ts");
  const selling = await openSelling(house);
  try {
    const token = `lm_${randomBytes(TOKEN_BYTES).toString("base64url")}`;
    const access = forOperator(house.access, token);
    const server = await openHttp({ ledger, access, selling, log });
    try {
      const { url } = await server.listen("127.0.0.1", 0);
      return await work(url, token);
    } finally {
      await server.close();
    }
  } finally {
    await selling.close();
  }
}

/** Whoever runs the command may do what the database lets them do. */
function forOperator(access: Access, token: string): Access {
  const principal: Principal = {
    ...{ keyId: "here", owner: operator().by, ownerKind: "person" },
    scopes: [{ action: "admin", book: "*" }],
  };
  return {
    ...access,
    check: (given) => (given === token ? Promise.resolve(principal) : access.check(given)),
  };
}
