/** A product type: which attributes its products have, and what must hold between them. */
import { type Attribute, readAttribute, type Role } from "./attribute.ts";
import { type Constraint, readConstraint } from "./constraint.ts";
import { Reading } from "./reading.ts";
import type { Words } from "./words.ts";

export interface ProductType {
  readonly name: Words;
  readonly attributes: readonly Attribute[];
  readonly constraints: readonly Constraint[];
  /** False: services, of which the ledger counts no stock. */
  readonly stocked?: false | undefined;
}

const ATTRIBUTES_MAX = 100;
const CONSTRAINTS_MAX = 200;

/** Reads a type, from an author or from its row. Refuses: catalog.definition_malformed, with all mistakes. */
export function readProductType(given: unknown): ProductType {
  const reading = new Reading();
  const { name, attributes, constraints, stocked } = reading.fields("", given, [
    ...["name", "attributes", "constraints", "stocked"],
  ]);
  const known = new Map<string, Attribute>();
  const read = reading.list("/attributes", attributes ?? [], 0, ATTRIBUTES_MAX);
  read.forEach((one, index) => {
    const attribute = readAttribute(reading, `/attributes/${index}`, one);
    const isNew = !known.has(attribute.key);
    reading.must(isNew, `/attributes/${index}/key`, "another key than those before");
    known.set(attribute.key, attribute);
  });
  const type: ProductType = {
    name: reading.words("/name", name),
    attributes: [...known.values()],
    constraints: reading
      .list("/constraints", constraints ?? [], 0, CONSTRAINTS_MAX)
      .map((one, index) => readConstraint(reading, `/constraints/${index}`, one, known)),
    ...(stocked === undefined || reading.flag("/stocked", stocked) ? {} : { stocked: false }),
  };
  reading.done("the product type");
  return type;
}

export function attributesOf(type: ProductType, role: Role): readonly Attribute[] {
  return type.attributes.filter((attribute) => attribute.role === role);
}
