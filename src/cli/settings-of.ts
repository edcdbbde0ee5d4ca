/** Which settings a command takes as flags: a flag that it would not heed is refused by it. */
import type { Command } from "./command.ts";
import type { ConfigLineShown, House } from "./house.ts";

const NODE_FLAGS: readonly string[] = ["--url", "--key"];

export function settingsOf(
  { asksNodes, name }: Command,
  house: Pick<House, "describeConfig">,
): readonly ConfigLineShown[] {
  const settings = house.describeConfig({}).lines;
  if (asksNodes === true || name === "config") return settings;
  return settings.filter(({ flag }) => !NODE_FLAGS.includes(flag));
}
