/** Which settings a command takes as flags: a flag that it would not heed is refused by it. */
import type { Command } from "./command.ts";
import type { ConfigLineShown, House } from "./house.ts";

const NODE_FLAGS: readonly string[] = ["--url", "--key"];
/** They ask neither a node nor a database. */
const ASK_NOBODY: readonly string[] = ["config", "completion"];

export function settingsOf(
  { asksNodes, name }: Command,
  house: Pick<House, "describeConfig">,
): readonly ConfigLineShown[] {
  const settings = house.describeConfig({}).lines;
  if (asksNodes === true || name === "config") return settings;
  return settings.filter(({ flag }) => !NODE_FLAGS.includes(flag));
}

/**
 * What is said where the environment names a node and the command asks none: else its user takes the
 * database here for that of the node. Not refused: who exports LONGMEN_URL may start a node, too.
 */
export function unaskedNode(
  { asksNodes, name }: Command,
  house: Pick<House, "describeConfig">,
): string | undefined {
  if (asksNodes === true || ASK_NOBODY.includes(name)) return undefined;
  const isNamed = house
    .describeConfig({})
    .lines.some(({ flag, source }) => flag === "--url" && source === "environment");
  if (!isNamed) return undefined;
  return `longmen: LONGMEN_URL does not apply to ${name}: it works on the database here`;
}
