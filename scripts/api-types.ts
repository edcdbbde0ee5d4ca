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

/** Where the API of flows is; its types are a file of their own. */
const FLOW_PATHS = /^\/v1\/(flows|runs|events|tasks|schedules|leases|machines|stuck|bulk)/;

/** src/client/api-types.ts: what travels, by the names of the document's components, but for flows. */
export function renderApiTypes(): Promise<string> {
  const document = apiDocument(VERSION);
  const others = operationsOf(document).filter(({ path }) => !FLOW_PATHS.test(path));
  const names = reachedBy(document, others, ["Problem"]);
  return rendered(
    document,
    names,
    "What travels over HTTP.",
    'export * from "./api-run-types.ts";',
  );
}

/** src/client/api-run-types.ts: the same of flows alone. */
export function renderApiRunTypes(): Promise<string> {
  const document = apiDocument(VERSION);
  const operations = operationsOf(document);
  const ofFlows = operations.filter(({ path }) => FLOW_PATHS.test(path));
  const others = operations.filter(({ path }) => !FLOW_PATHS.test(path));
  const shared = new Set(reachedBy(document, others, ["Problem"]));
  const names = reachedBy(document, ofFlows, []).filter((name) => !shared.has(name));
  return rendered(document, names, "What travels over HTTP of flows.", "");
}

function reachedBy(
  document: OpenApiDocument,
  operations: readonly Placed[],
  besides: readonly string[],
): readonly string[] {
  const reached = new Set<string>(besides);
  for (const operation of operations) operationType(operation, reached);
  // A set goes on over what is added while it is walked.
  for (const name of reached) typeOf(schemaOf(document, name), reached);
  return [...reached].sort();
}

function rendered(
  document: OpenApiDocument,
  names: readonly string[],
  what: string,
  more: string,
): Promise<string> {
  const types = names.map((name) => `export interface ${name} ${typeOf(schemaOf(document, name))}`);
  return pretty(`${made(what)}\n${more}\n${types.join("\n")}\n`);
}

/** src/client/api-operations.ts: what each operation takes and answers; those of flows it takes over. */
export function renderApiOperations(): Promise<string> {
  const others = operationsOf(apiDocument(VERSION)).filter(({ path }) => !FLOW_PATHS.test(path));
  const more = 'import type { RunOperations } from "./api-run-operations.ts";';
  return operations(others, "What each operation takes and answers.", {
    head: "Operations extends RunOperations",
    more,
  });
}

/** src/client/api-run-operations.ts: the same of flows alone. */
export function renderApiRunOperations(): Promise<string> {
  const ofFlows = operationsOf(apiDocument(VERSION)).filter(({ path }) => FLOW_PATHS.test(path));
  const what = "What each operation of flows takes and answers.";
  return operations(ofFlows, what, { head: "RunOperations", more: "" });
}

function operations(
  placed: readonly Placed[],
  what: string,
  { head, more }: { readonly head: string; readonly more: string },
): Promise<string> {
  const names = new Set<string>();
  const types = placed.map((one) => operationType(one, names));
  return pretty(
    `${made(what)}
${more}
import type { ${[...names].sort().join(", ")} } from "./api-types.ts";

export interface ${head} { ${types.join("\n")} }
`,
  );
}

/** src/client/api-routes.ts: where each operation goes. */
export function renderApiRoutes(): Promise<string> {
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
export function renderApiRefusals(): Promise<string> {
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
    .map(([, { content }]) => typeOf(contentOf(content) ?? {}, names));
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
    return types.includes("string") ? "string" : types.join(" | ");
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
