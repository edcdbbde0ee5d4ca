/**
 * A decision with every field that the public editor of the ZEN engine writes, in the order and the indentation in
 * which it writes them (JSON.stringify with two blanks, no line end), by what its sources say: identities as UUIDs,
 * positions, columns with types and defaults, rows with remarks, edges with handles; besides some that nobody knows.
 */
const uuid = (n: number): string => `0b1e5f3a-7c42-4d19-9a6e-${n.toString(16).padStart(12, "0")}`;

const id = {
  ...{ request: uuid(1), zones: uuid(2), lines: uuid(3), member: uuid(4), discount: uuid(5) },
  ...{ full: uuid(6), notes: uuid(7), total: uuid(8), response: uuid(9) },
  ...{ region: uuid(16), weight: uuid(17), zone: uuid(18), fee: uuid(19) },
  ...{ condition: uuid(20), note: uuid(21), isMember: uuid(22), otherwise: uuid(23) },
};

/** The rule set that it asks: `discount` by `zone`. */
export const USES = "member-discount";

/** Of tables, expressions and sub-decisions, where a setting was never touched. */
const once = { inputField: null, outputPath: null, executionMode: "single" };

const edge = (n: number, sourceId: string, targetId: string, more: object = {}) => ({
  ...{ id: uuid(64 + n), sourceId, type: "edge", targetId },
  ...more,
});

const row = (n: number, description: string | undefined, cells: object) => ({
  _id: uuid(32 + n),
  ...(description === undefined ? {} : { _description: description }),
  ...cells,
});

const schema = {
  $schema: "http://json-schema.org/draft-07/schema#",
  title: "Delivery",
  type: "object",
  properties: {
    region: { type: "string", enum: ["north", "south", "island"] },
    weight: { type: "integer" },
    member: { type: "boolean" },
    items: { type: "array", items: { type: "object" } },
  },
  required: ["region", "weight", "member", "items"],
};

const zones = {
  type: "decisionTableNode",
  content: {
    hitPolicy: "first",
    rules: [
      row(1, "Ferry: agreed until 2027, „Fährgeld“ 渡轮", {
        [id.region]: '"island"',
        [id.weight]: "",
        [id.zone]: '"far"',
        [id.fee]: "900 + weight * 10",
      }),
      row(2, undefined, {
        [id.region]: '"north", "south"',
        [id.weight]: "$ <= 5 and weight > 0",
        [id.zone]: '"near"',
        [id.fee]: "300",
      }),
      row(3, "", { [id.region]: "", [id.weight]: "", [id.zone]: '"near"', [id.fee]: "600" }),
    ],
    inputs: [
      {
        ...{ id: id.region, name: "Region", field: "region", defaultValue: "" },
        fieldType: {
          type: "string",
          enum: { type: "inline", values: [{ label: "North", value: "north" }] },
        },
      },
      { id: id.weight, name: "Weight", type: "expression", field: "weight" },
    ],
    outputs: [
      { id: id.zone, name: "Zone", field: "zone", outputFieldType: { type: "string" } },
      { id: id.fee, name: "Fee", field: "fee.minor", defaultValue: "600" },
    ],
    passThrough: true,
    ...once,
  },
  id: id.zones,
  name: "zones",
  description: "What a parcel costs",
  position: { x: 430.5, y: -120 },
};

const lines = {
  type: "expressionNode",
  content: {
    expressions: [{ id: uuid(48), key: "amount", value: "price * quantity" }],
    ...{ passThrough: true, inputField: "items", outputPath: "items", executionMode: "loop" },
  },
  id: id.lines,
  name: "lines",
  position: { x: 750, y: 1e-7 },
};

const member = {
  type: "switchNode",
  content: {
    hitPolicy: "first",
    statements: [
      { id: id.isMember, condition: "member == true", isDefault: false },
      { id: id.otherwise, condition: "", isDefault: true },
    ],
  },
  id: id.member,
  name: "member?",
  position: { x: 1_070, y: 0 },
};

const discount = {
  type: "decisionNode",
  content: { key: USES, passThrough: true, ...once },
  id: id.discount,
  name: "discount",
  position: { x: 1_390, y: -100 },
};

const full = {
  type: "expressionNode",
  content: {
    expressions: [{ id: uuid(49), key: "discount", value: "0" }],
    ...{ passThrough: true, ...once },
  },
  id: id.full,
  name: "full price",
  position: { x: 1_390, y: 100 },
};

const notes = {
  type: "decisionTableNode",
  content: {
    hitPolicy: "collect",
    rules: [
      row(4, undefined, { [id.condition]: "fee.minor > 500", [id.note]: '"far to go"' }),
      row(5, undefined, {
        [id.condition]: "len(items) > 1",
        [id.note]: "`${string(len(items))} lines`",
      }),
    ],
    // As a table begins: its column judges nothing, each cell is a condition.
    inputs: [{ id: id.condition, name: "Input" }],
    outputs: [{ id: id.note, field: "text", name: "Output" }],
    ...{ passThrough: true, inputField: null, outputPath: "notes", executionMode: "single" },
  },
  id: id.notes,
  name: "decisionTable1",
  position: { x: 1_710, y: 0 },
};

const total = {
  type: "expressionNode",
  content: {
    expressions: [
      { id: uuid(50), key: "goods", value: "sum(map(items, #.amount))" },
      { id: uuid(51), key: "total", value: "$.goods - discount + fee.minor" },
      { id: uuid(52), key: "notes", value: "map(notes, #.text)" },
      { id: uuid(53), key: "zone", value: "$nodes.zones.zone" },
    ],
    ...{ passThrough: false, ...once },
  },
  id: id.total,
  name: "total",
  position: { x: 2_030, y: 0 },
};

const decision = {
  contentType: "application/vnd.gorules.decision",
  nodes: [
    {
      ...{ id: id.request, type: "inputNode", position: { x: 110, y: 0 }, name: "Request" },
      content: { schema: JSON.stringify(schema, null, 2) },
    },
    ...[zones, lines, member, discount, full, notes, total],
    {
      type: "outputNode",
      content: { schema: "" },
      id: id.response,
      name: "response",
      position: { x: 2_350, y: 0 },
      _diff: { status: "moved" },
    },
  ],
  edges: [
    edge(1, id.request, id.zones),
    edge(2, id.zones, id.lines, { sourceHandle: null, targetHandle: null }),
    edge(3, id.lines, id.member, { name: "priced" }),
    edge(4, id.member, id.discount, { sourceHandle: id.isMember }),
    edge(5, id.member, id.full, { sourceHandle: id.otherwise }),
    edge(6, id.discount, id.notes),
    edge(7, id.full, id.notes),
    edge(8, id.notes, id.total),
    edge(9, id.total, id.response),
  ],
  tests: [
    {
      input: { region: "south", weight: 2, member: false, items: [{ price: 250, quantity: 2 }] },
      output: { goods: 500, total: 800, notes: [], zone: "near" },
    },
  ],
  settings: { compactMode: true, simulator: { request: '{\n  "region": "island"\n}' } },
  // Of an editor to come: known to nobody, and numbers as nobody here would write them.
  metadata: {
    editor: "1.9.0",
    modified: "2026-11-01T09:30:00.000Z",
    order: { b: 1, a: [null, 1.5] },
  },
};

/** The file as it lies on a disk. */
export const editorFile: string = JSON.stringify(decision, null, 2);

/** The same with nodes of these kinds besides, as the editor makes them. */
export function editorFileWith(nodes: readonly object[]): string {
  const placed = nodes.map((one, n) => ({
    ...one,
    id: uuid(80 + n),
    name: `custom${n + 1}`,
    position: { x: n, y: 500 },
  }));
  return JSON.stringify({ ...decision, nodes: [...decision.nodes, ...placed] }, null, 2);
}
