import { expect, test } from "vitest";
import { optionMistakes } from "./check-options.ts";
import { readProductType } from "./product-type.ts";

const choice = (key: string, role: "variant" | "buyer", choices: readonly string[]) => ({
  ...{ key, role, label: { en: key }, kind: "choice", required: false },
  choices: choices.map((value) => ({ value, label: { en: value } })),
});

test("a mistake of variant and option together stands at the option, for which the form has a field", () => {
  const type = readProductType({
    name: { en: "Gift" },
    attributes: [
      choice("size", "variant", ["bag", "box"]),
      choice("extra", "buyer", ["card", "bow"]),
    ],
    constraints: [
      {
        kind: "exclude",
        conditions: [
          { attribute: "size", is: ["bag"] },
          { attribute: "extra", is: ["card"] },
        ],
      },
    ],
  });
  const of = (size: string, extra: string) =>
    optionMistakes(type, { fixed: { size }, attributes: { extra } });
  expect(of("bag", "card")).toMatchObject([{ at: "/attributes/extra", code: "constraint_broken" }]);
  expect(of("box", "card")).toEqual([]);
  expect(of("bag", "bow")).toEqual([]);
});
