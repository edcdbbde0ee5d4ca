/** A book's shop as commands ask for it: of the database here, as the operator, or of a node that runs. */
import { randomBytes } from "node:crypto";
import type { Access, Principal } from "../../access/index.ts";
import { connect, type Shop } from "../../client/index.ts";
import { type CommandContext, textOption } from "../command.ts";
import type { Flows } from "../../flow/index.ts";
import { onNodeOr, withOwnNode } from "../runs/asked-runs.ts";
import { migrations, type OpenHouse } from "../open-house.ts";
import { operator } from "../operator.ts";
import { RETAIL_BOOK } from "../replay/replay.ts";
import { openSelling, type Selling } from "./open-selling.ts";

const TOKEN_BYTES = 32;

/**
 * One way for both: through the API with its client. On the database itself this command serves it for a moment,
 * to itself alone, by a token that is in its memory and nowhere else. Who looks makes and migrates nothing. What acts on
 * orders may start runs: then it is a node of the flows of this house's shop, too, for that moment.
 */
export function withShop<T>(
  context: CommandContext,
  work: (shop: Shop) => Promise<T>,
  { looks, startsRuns = false }: { readonly looks: boolean; readonly startsRuns?: boolean },
): Promise<T> {
  const book = textOption(context, "book") ?? RETAIL_BOOK;
  return onNodeOr(
    context,
    (node) => work(node.book(book).shop),
    async (house) => {
      const ask = (url: string, key: string) => work(connect({ url, key }).book(book).shop);
      const selling = await openSelling(house, context.house.reactions);
      try {
        if (looks || !startsRuns)
          return await withOwnApi(house, { selling, flows: undefined }, ask);
        const acting = (flows: Flows) => {
          selling.startOn(flows);
          return withOwnApi(house, { selling, flows }, ask);
        };
        return await withOwnNode(context, house, acting, selling.flows);
      } finally {
        await selling.close();
      }
    },
    looks ? migrations : undefined,
  );
}

interface Served {
  readonly selling: Selling;
  readonly flows: Flows | undefined;
}

async function withOwnApi<T>(
  house: OpenHouse,
  { selling, flows }: Served,
  work: (url: string, token: string) => Promise<T>,
): Promise<T> {
  const { ledger, log } = house;
  // Loaded on use: other commands don't pay for it.
  const { openHttp } = await import("../../http/index.ts");
  const token = `lm_${randomBytes(TOKEN_BYTES).toString("base64url")}`;
  const access = forOperator(house.access, token);
  const server = await openHttp({ ledger, access, flows, selling, log });
  try {
    const { url } = await server.listen("127.0.0.1", 0);
    return await work(url, token);
  } finally {
    await server.close();
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
