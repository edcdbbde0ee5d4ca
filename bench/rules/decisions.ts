/** What is decided in the cases of `rules`: a small graph, and a table of 3,000 rows. */

const node = (id: string, type: string, content: unknown = {}) => ({ id, name: id, type, content });
const edge = (sourceId: string, targetId: string) => ({
  id: `${sourceId}-${targetId}`,
  type: "edge",
  sourceId,
  targetId,
});

/** Expressions, then a table on what they made. */
export const smallGraph = {
  nodes: [
    node("in", "inputNode"),
    node("work", "expressionNode", {
      passThrough: true,
      expressions: [
        { id: "a", key: "subtotal", value: "quantity * unitMinor" },
        { id: "b", key: "isLarge", value: "$.subtotal >= 100000" },
      ],
    }),
    node("table", "decisionTableNode", {
      hitPolicy: "first",
      inputs: [
        { id: "i1", name: "tier", field: "tier" },
        { id: "i2", name: "large", field: "isLarge" },
      ],
      outputs: [{ id: "o1", name: "discount", field: "discountMinor" }],
      rules: [
        { _id: "1", i1: '"gold"', i2: "true", o1: "round(subtotal * 0.1)" },
        { _id: "2", i1: '"gold"', i2: "", o1: "round(subtotal * 0.05)" },
        { _id: "3", i1: "", i2: "true", o1: "round(subtotal * 0.02)" },
        { _id: "4", i1: "", i2: "", o1: "0" },
      ],
    }),
    node("out", "outputNode"),
  ],
  edges: [edge("in", "work"), edge("work", "table"), edge("table", "out")],
};

const ROWS = 3_000;
const REGIONS = 30;
const PER_REGION = ROWS / REGIONS;

/** Region and product, both equal to something, then bounds on quantity; the last row takes the rest. */
export const bigTable = {
  nodes: [
    node("in", "inputNode"),
    node("table", "decisionTableNode", {
      hitPolicy: "first",
      inputs: [
        { id: "i1", name: "region", field: "customer.region" },
        { id: "i2", name: "product", field: "product" },
        { id: "i3", name: "quantity", field: "quantity" },
      ],
      outputs: [
        { id: "o1", name: "price", field: "priceMinor" },
        { id: "o2", name: "by", field: "by" },
      ],
      rules: Array.from({ length: ROWS }, (_, i) => ({
        _id: `r${i}`,
        i1: `"region-${Math.floor(i / PER_REGION)}"`,
        i2: `"product-${i % PER_REGION}"`,
        i3: "[1..1000]",
        o1: String(1_000 + i),
        o2: `"row-${i}"`,
      })),
    }),
    node("out", "outputNode"),
  ],
  edges: [edge("in", "table"), edge("table", "out")],
};

export const inputOfRow = (row: number) => ({
  customer: { region: `region-${Math.floor(row / PER_REGION)}` },
  product: `product-${row % PER_REGION}`,
  quantity: 1 + (row % 1_000),
});

const LAST_ROW = ROWS - 1;

export interface Decided {
  readonly name: string;
  readonly about: string;
  readonly jdm: unknown;
  /** What is asked, and what is to come of it: one after the other, and from the first again. */
  readonly questions: readonly { readonly input: unknown; readonly output: unknown }[];
  /** Decided within 100 µs, whichever row hits. */
  readonly isTable?: true;
}

const STEP = 1_117;
const ofRow = (row: number) => ({
  input: inputOfRow(row),
  output: { priceMinor: 1_000 + row, by: `row-${row}` },
});

export const firstRow = ofRow(0);

/** Asks for one question after the other. */
export function inTurn({ questions }: Decided): () => Decided["questions"][number] {
  let next = 0;
  return () => {
    const question = questions[next++ % questions.length];
    if (question === undefined) throw new RangeError("nothing to decide");
    return question;
  };
}

export const decided: readonly Decided[] = [
  {
    name: "small-graph",
    about: "expressions, then a table of four rows",
    jdm: smallGraph,
    questions: [
      {
        input: { tier: "gold", quantity: 40, unitMinor: 2_550 },
        output: { discountMinor: 10_200 },
      },
    ],
  },
  {
    name: "table-3000-first",
    about: "one table of 3,000 rows, the first hits",
    jdm: bigTable,
    questions: [firstRow],
    isTable: true,
  },
  {
    name: "table-3000-last",
    about: "the same table, the last row hits",
    jdm: bigTable,
    questions: [ofRow(LAST_ROW)],
    isTable: true,
  },
  {
    name: "table-3000-any",
    about: "the same table, every row in its turn",
    jdm: bigTable,
    // A step that has no divisor in common with the number of rows comes by all of them.
    questions: Array.from({ length: ROWS }, (_, nth) => ofRow((nth * STEP) % ROWS)),
    isTable: true,
  },
];
