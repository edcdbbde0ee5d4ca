/** Are these the attributes of something that can be sold? All mistakes at once, in both languages. */
import type { Attribute, Role, Values } from "./attribute.ts";
import { valueMistake } from "./check-value.ts";
import { brokenMistake, isKept, namedIn, REGION } from "./constraint.ts";
import type { ProductType } from "./product-type.ts";
import { isFields } from "./reading.ts";
import type { Mistake } from "./words.ts";

export interface Options {
  /** What the product and the variant say; known to be right. */
  readonly fixed: Values;
  /** What the buyer says. */
  readonly attributes: unknown;
  readonly region?: unknown;
}

/** Empty when the options can be sold. */
export function optionMistakes(
  type: ProductType,
  { fixed, attributes, region }: Options,
): Mistake[] {
  const mistakes = roleMistakes(type, "buyer", attributes, "/attributes");
  const isRegion = region === undefined || (typeof region === "string" && REGION.test(region));
  if (!isRegion) {
    const message = { en: "Region: such as GB or CN-31", zh: "地区：如 GB 或 CN-31" };
    mistakes.push({ at: "/region", code: "not_a_region", message });
  }
  // Constraints are about values that are values.
  const asked = isFields(attributes) ? goodOnes(type, attributes, mistakes) : {};
  const values = { ...asked, ...fixed };
  const known = byKey(type.attributes);
  for (const constraint of type.constraints) {
    if (namedIn(constraint).some((key) => isSpoilt(key, mistakes))) continue;
    if (constraint.kind === "region" && !isRegion) continue;
    const told = isRegion ? region : undefined;
    if (!isKept(constraint, values, told)) mistakes.push(brokenMistake(constraint, known));
  }
  return mistakes;
}

/** Values that one role says: known keys, right values, none missing. */
export function roleMistakes(type: ProductType, role: Role, given: unknown, at: string): Mistake[] {
  if (!isFields(given)) {
    const message = { en: "an object of attributes", zh: "须为属性对象" };
    return [{ at, code: "not_an_object", message }];
  }
  const mistakes: Mistake[] = [];
  const known = byKey(type.attributes.filter((attribute) => attribute.role === role));
  for (const [key, value] of Object.entries(given)) {
    const attribute = known.get(key);
    if (attribute === undefined) {
      const message = { en: `${key}: nothing is asked by this name`, zh: `${key}：没有此项` };
      mistakes.push({ at: `${at}/${key}`, code: "unknown", message });
      continue;
    }
    const mistake = valueMistake(attribute, value, `${at}/${key}`);
    if (mistake !== undefined) mistakes.push(mistake);
  }
  for (const { key, label, required } of known.values()) {
    if (!required || Object.hasOwn(given, key)) continue;
    const message = { en: `${label.en}: required`, zh: `${label.zh ?? label.en}：必填` };
    mistakes.push({ at: `${at}/${key}`, code: "missing", message });
  }
  return mistakes;
}

export function byKey(attributes: readonly Attribute[]): ReadonlyMap<string, Attribute> {
  return new Map(attributes.map((attribute) => [attribute.key, attribute]));
}

const isSpoilt = (key: string, mistakes: readonly Mistake[]): boolean =>
  mistakes.some(({ at }) => at === `/attributes/${key}`);

function goodOnes(
  type: ProductType,
  given: Readonly<Record<string, unknown>>,
  mistakes: readonly Mistake[],
): Values {
  const known = byKey(type.attributes);
  const good = Object.entries(given).filter(([key]) => known.has(key) && !isSpoilt(key, mistakes));
  return Object.fromEntries(good) as Values;
}
