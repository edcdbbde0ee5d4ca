/**
 * The client's half of /openapi.json: its schemas as types, its operations as a table, written into
 * src/client by `npm run generate`. The client itself imports nothing of the server.
 */
import { format } from "prettier";
import { apiDocument, type OpenApiDocument, type Operation } from "../src/http/index.ts";
import { refusalCodes } from "../src/ledger/index.ts";

/** No type depends on it. */
const VERSION = "0.0.0";

const made = (what: string) =>
  `/** ${what} Made by \`npm run generate\` from the OpenAPI document; change src/http instead. */\n`;

interface Schema {
  readonly $ref?: string;
  readonly const?: unknown;
  readonly type?: string;
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly patternProperties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
}

interface Part {
  /** As in src/client/api-NAME-types.ts and …-operations.ts. */
  readonly name: string;
  readonly of: string;
  readonly operations: string;
  readonly paths: RegExp;
}

/** Parts of the API whose types are files of their own; a path is of the first part that it fits. */
const parts: readonly Part[] = [
  {
    name: "run",
    of: "flows",
    operations: "RunOperations",
    paths: /^\/v1\/(flows|runs|events|tasks|schedules|leases|machines|stuck|bulk)/,
  },
  {
    name: "order",
    of: "orders",
    operations: "OrderOperations",
    paths: /^\/v1\/books\/\{book\}\/(orders|order-events|shop|stock|credit-lines|wallets|tokens)/,
  },
  {
    name: "offering",
    of: "offerings",
    operations: "OfferingOperations",
    paths: /^\/v1\/books\/\{book\}\/offerings/,
  },
  {
    name: "catalog",
    of: "the catalogue",
    operations: "CatalogOperations",
    paths: /^\/v1\/books\/\{book\}\/(catalog|quotes)/,
  },
  {
    name: "rule",
    of: "rules",
    operations: "RuleOperations",
    paths: /^\/v1\/books\/\{book\}\/(rules|decisions)/,
  },
];

/** Undefined: of none of the parts. */
const partOf = ({ path }: Placed): Part | undefined => parts.find(({ paths }) => paths.test(path));

interface RenderedFile {
  readonly path: string;
  readonly render: () => Promise<string>;
}

/** The files that a change of the API writes anew. */
export function apiFiles(): readonly RenderedFile[] {
  const ofParts = parts.flatMap((part) => [
    { path: fileOf(part, "types"), render: () => renderTypes(part) },
    { path: fileOf(part, "operations"), render: () => renderOperations(part) },
  ]);
  return [
    { path: "src/client/api-types.ts", render: () => renderTypes(undefined) },
    { path: "src/client/api-operations.ts", render: () => renderOperations(undefined) },
    ...ofParts,
    { path: "src/client/api-routes.ts", render: renderApiRoutes },
    { path: "src/client/api-refusals.ts", render: renderApiRefusals },
  ];
}

const fileOf = ({ name }: Part, what: "types" | "operations") =>
  `src/client/api-${name}-${what}.ts`;

/** What travels, by the names of the document's components; what parts share stands in the whole's file. */
function renderTypes(part: Part | undefined): Promise<string> {
  const document = apiDocument(VERSION);
  const own = new Set(namesOf(document, part));
  for (const before of [undefined, ...parts]) {
    if (before === part) break;
    for (const name of namesOf(document, before)) own.delete(name);
  }
  const elsewhere = new Set<string>();
  const types = [...own].map((name) => {
    const type = typeOf(schemaOf(document, name), elsewhere);
    return `export interface ${name} ${type}`;
  });
  const foreign = [...elsewhere].filter((name) => !own.has(name)).sort();
  const more = part === undefined ? reExports() : importOf(foreign);
  const what =
    part === undefined ? "What travels over HTTP." : `What travels over HTTP of ${part.of}.`;
  return pretty(`${made(what)}\n${more}\n${types.join("\n")}\n`);
}

function reExports(): string {
  return parts.map(({ name }) => `export * from "./api-${name}-types.ts";`).join("\n");
}

function importOf(names: readonly string[]): string {
  if (names.length === 0) return "";
  return `import type { ${names.join(", ")} } from "./api-types.ts";`;
}

function namesOf(document: OpenApiDocument, part: Part | undefined): readonly string[] {
  const reached = new Set<string>(part === undefined ? ["Problem"] : []);
  for (const operation of operationsOf(document)) {
    if (partOf(operation) === part) operationType(operation, reached);
  }
  // A set goes on over what is added while it is walked.
  for (const name of reached) typeOf(schemaOf(document, name), reached);
  return [...reached].sort();
}

/** What each operation takes and answers; the whole takes over those of its parts. */
function renderOperations(part: Part | undefined): Promise<string> {
  const names = new Set<string>();
  const own = operationsOf(apiDocument(VERSION)).filter((one) => partOf(one) === part);
  const types = own.map((one) => operationType(one, names));
  const taken = parts.map(({ operations }) => operations).join(", ");
  const head = part === undefined ? `Operations extends ${taken}` : part.operations;
  const of = part === undefined ? "" : ` of ${part.of}`;
  const imports = parts.map(
    (one) => `import type { ${one.operations} } from "./api-${one.name}-operations.ts";`,
  );
  return pretty(
    `${made(`What each operation${of} takes and answers.`)}
${part === undefined ? imports.join("\n") : ""}
${importOf([...names].sort())}

export interface ${head} { ${types.join("\n")} }
`,
  );
}

/** src/client/api-routes.ts: where each operation goes. */
function renderApiRoutes(): Promise<string> {
  const routes = operationsOf(apiDocument(VERSION)).map(
    ({ method, path, operation }) =>
      `${operation.operationId}: ["${method.toUpperCase()}", ${JSON.stringify(path)}],`,
  );
  return pretty(
    `${made("Where each operation goes.")}
import type { Operations } from "./api-operations.ts";

export const routes = { ${routes.join("\n")} } as const satisfies Record<keyof Operations, readonly ["GET" | "POST" | "PUT", string]>;
`,
  );
}

/** src/client/api-refusals.ts: every refusal of a book. */
function renderApiRefusals(): Promise<string> {
  const codes = Object.keys(refusalCodes).map((code) => JSON.stringify(code));
  return pretty(
    `${made("Every refusal of a book.")}
export const refusalCodes = [${codes.join(", ")}] as const;
`,
  );
}

function schemaOf({ components }: OpenApiDocument, name: string): Schema {
  return components.schemas[name] as Schema;
}

function pretty(text: string): Promise<string> {
  return format(text, { parser: "typescript", printWidth: 100, trailingComma: "all" });
}

interface Placed {
  readonly method: string;
  readonly path: string;
  readonly operation: Operation;
}

/** The API itself: what asks for a key. Health and metrics are read by other programs. */
function operationsOf({ paths }: OpenApiDocument): readonly Placed[] {
  return Object.entries(paths)
    .filter(([path]) => path.startsWith("/v1/"))
    .flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]) => ({ method, path, operation })),
    )
    .sort((a, b) => (a.operation.operationId < b.operation.operationId ? -1 : 1));
}

function operationType({ operation }: Placed, names: Set<string>): string {
  const places = (place: "path" | "query") => {
    const parameters = operation.parameters.filter((one) => one.in === place);
    const fields = parameters.map(({ name, required, schema }) => {
      return `readonly ${name}${required ? "" : "?"}: ${typeOf(schema as Schema, names)};`;
    });
    return fields.length === 0 ? "undefined" : `{ ${fields.join(" ")} }`;
  };
  const body = contentOf(operation.requestBody?.content);
  const answers = Object.entries(operation.responses)
    .filter(([status]) => status.startsWith("2"))
    .map(([, { content }]) => typeOf(contentOf(content) ?? { type: "string" }, names));
  return `readonly ${operation.operationId}: {
    readonly params: ${places("path")};
    readonly query: ${places("query")};
    readonly body: ${body === undefined ? "undefined" : typeOf(body, names)};
    readonly answer: ${[...new Set(answers)].join(" | ")};
  };`;
}

type Content = Readonly<Record<string, { readonly schema?: unknown }>> | undefined;

function contentOf(content: Content): Schema | undefined {
  return content?.["application/json"]?.schema as Schema | undefined;
}

/** A schema as TypeScript. Of what the house's schemas don't use nothing is understood. */
export function typeOf(schema: Schema, names: Set<string> = new Set()): string {
  if (schema.$ref !== undefined) {
    const name = schema.$ref.split("/").at(-1) ?? "";
    names.add(name);
    return name;
  }
  const union = schema.anyOf ?? schema.oneOf;
  if (union !== undefined) {
    const types = union.map((one) => typeOf(one, names));
    // Any string holds the literals beside it: the bound `none` beside an amount.
    const isHeld = (type: string) => types.includes("string") && type.startsWith('"');
    return [...new Set(types.filter((type) => !isHeld(type)))].join(" | ");
  }
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  switch (schema.type) {
    case "object": {
      const [any] = Object.values(schema.patternProperties ?? {});
      if (any !== undefined) return `Readonly<Record<string, ${typeOf(any, names)}>>`;
      return objectType(schema, names);
    }
    case "array":
      return `readonly (${typeOf(schema.items ?? {}, names)})[]`;
    case "integer":
    case "number":
      return "number";
    case "string":
    case "boolean":
      return schema.type;
    case undefined:
      return "unknown";
    default:
      throw new Error(`no type is known for the schema ${JSON.stringify(schema)}`);
  }
}

function objectType({ properties = {}, required = [] }: Schema, names: Set<string>): string {
  const fields = Object.entries(properties).map(([name, field]) => {
    return `readonly ${name}${required.includes(name) ? "" : "?"}: ${typeOf(field, names)};`;
  });
  return fields.length === 0 ? "Record<string, never>" : `{ ${fields.join("\n")} }`;
}
