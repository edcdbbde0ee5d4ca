/** The routes as an OpenAPI 3.1 document. Pure: made from the table, the same for every server. */
import { statusOfCode } from "./codes.ts";
import { DEADLINE_MAX_MS } from "./limits.ts";
import { actionsOf, type AnswerShape, type Route } from "./route.ts";
import { Problem } from "./schemas.ts";

export interface OpenApiDocument {
  readonly openapi: "3.1.0";
  readonly info: { readonly title: string; readonly version: string; readonly description: string };
  readonly servers: readonly { readonly url: string }[];
  readonly security: readonly unknown[];
  readonly tags: readonly { readonly name: string }[];
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: {
    readonly securitySchemes: unknown;
    readonly schemas: Readonly<Record<string, unknown>>;
  };
}

export interface Operation {
  readonly operationId: string;
  readonly tags: readonly string[];
  readonly summary: string;
  readonly description?: string | undefined;
  readonly security?: readonly unknown[];
  readonly parameters: readonly Parameter[];
  readonly requestBody?: RequestBody | undefined;
  readonly responses: Readonly<Record<string, OpenApiResponse>>;
  /** Every code that this operation may answer with a problem. */
  readonly "x-codes": readonly string[];
  /** What a key must be allowed, any of them in this book; not there: no key is asked for. */
  readonly "x-scopes"?: readonly string[] | undefined;
}

export interface Parameter {
  readonly name: string;
  readonly in: "path" | "query" | "header";
  readonly required: boolean;
  readonly description?: string | undefined;
  readonly schema: unknown;
}

interface RequestBody {
  readonly required: boolean;
  readonly content: Readonly<
    Record<string, { readonly schema: unknown; readonly example?: unknown }>
  >;
}

interface OpenApiResponse {
  readonly description: string;
  readonly content?: Readonly<Record<string, { readonly schema?: unknown }>>;
}

const description =
  `Books that can't be oversold. Amounts are strings of minor units, times RFC 3339,
seqs numbers. Nothing is converted and no unknown field is dropped. Whatever is not 2xx is a problem
(RFC 9457) with a stable code. Every request that writes carries an id made by its caller: sent again,
it is not done again, and answered with its first outcome. The header Request-Timeout-Ms says how long the caller waits: 1 to 60000,
10000 where it is left out. HEAD is answered as GET is, without the body.`.replaceAll("\n", " ");

export function openApiDocument(routes: readonly Route[], version: string): OpenApiDocument {
  const schemas: Record<string, unknown> = {};
  const paths: Record<string, Record<string, Operation>> = {};
  for (const route of routes) {
    const path = (paths[route.path] ??= {});
    path[route.method.toLowerCase()] = operationOf(route, schemas);
  }
  const groups = [...new Set(routes.map((route) => route.group))];
  return {
    openapi: "3.1.0",
    info: { title: "Longmen", version, description },
    servers: [{ url: "/" }],
    security: [{ key: [] }],
    tags: groups.map((name) => ({ name })),
    paths,
    components: {
      securitySchemes: { key: { type: "http", scheme: "bearer", description: "lm_…" } },
      schemas,
    },
  };
}

function operationOf(route: Route, schemas: Record<string, unknown>): Operation {
  return {
    operationId: route.name,
    tags: [route.group],
    summary: route.summary,
    description: route.description,
    ...(route.needs === undefined ? { security: [] } : { "x-scopes": actionsOf(route) }),
    parameters: [
      ...parametersOf("path", route.paramsSchema, schemas),
      ...parametersOf("query", route.querySchema, schemas),
      ...headersOf(route),
    ],
    requestBody: bodyOf(route, schemas),
    responses: responsesOf(route, schemas),
    "x-codes": [...new Set(route.codes)].sort(),
  };
}

const deadlineHeader: Parameter = {
  name: "Request-Timeout-Ms",
  in: "header",
  required: false,
  description: "How long you wait, in milliseconds; 10000 when left out.",
  schema: { type: "integer", minimum: 1, maximum: DEADLINE_MAX_MS },
};

const onceHeader: Parameter = {
  name: "Idempotency-Key",
  in: "header",
  required: false,
  description: "A name of your own, made before the first try: then it is done at most once.",
  schema: { type: "string", pattern: "^[\\x21-\\x7e]{1,128}$" },
};

const preferHeader: Parameter = {
  name: "Prefer",
  in: "header",
  required: false,
  description:
    "`return=minimal`: the answer leaves out balances, or a quote's lines, which are most of its bytes.",
  schema: { type: "string" },
};

function headersOf({ needs, takesOnce, takesPrefer }: Route): Parameter[] {
  return [
    ...(takesPrefer === true ? [preferHeader] : []),
    ...(takesOnce === true ? [onceHeader] : []),
    ...(needs === undefined ? [] : [deadlineHeader]),
  ];
}

interface ObjectSchema {
  readonly properties: Readonly<Record<string, unknown>>;
  readonly required?: readonly string[];
}

function parametersOf(
  place: "path" | "query",
  { properties, required = [] }: ObjectSchema,
  schemas: Record<string, unknown>,
): Parameter[] {
  return Object.entries(properties).map(([name, property]) => {
    const { description, ...schema } = plain(property, schemas) as { description?: string };
    return { name, in: place, required: required.includes(name), description, schema };
  });
}

function bodyOf(route: Route, schemas: Record<string, unknown>): RequestBody | undefined {
  if (route.bodySchema === undefined) return undefined;
  const schema = plain(route.bodySchema, schemas);
  const content = { schema, ...(route.example === undefined ? {} : { example: route.example }) };
  const type = route.streams === true ? "text/csv" : "application/json";
  return { required: route.bodyMayMiss !== true, content: { [type]: content } };
}

function responsesOf(
  route: Route,
  schemas: Record<string, unknown>,
): Record<string, OpenApiResponse> {
  const responses: Record<string, OpenApiResponse> = {};
  for (const [status, shape] of Object.entries(route.answers)) {
    responses[status] = answerOf(shape, schemas);
  }
  const problem = plain(Problem, schemas);
  for (const code of [...new Set(route.codes)].sort()) {
    const status = statusOfCode(code);
    const before = responses[status]?.description;
    responses[status] = {
      description: before === undefined ? code : `${before}, ${code}`,
      content: { "application/problem+json": { schema: problem } },
    };
  }
  return responses;
}

function answerOf(shape: AnswerShape, schemas: Record<string, unknown>): OpenApiResponse {
  const { description, schema, type = "application/json" } = shape;
  const body = schema === undefined ? {} : { schema: plain(schema, schemas) };
  return { description, content: { [type]: body } };
}

/** A schema as plain JSON, with what has a name moved to the components. */
function plain(schema: unknown, schemas: Record<string, unknown>): unknown {
  if (Array.isArray(schema)) return schema.map((one) => plain(one, schemas));
  if (typeof schema !== "object" || schema === null) return schema;
  const { "x-name": name, ...rest } = schema as Record<string, unknown>;
  const copy = Object.fromEntries(
    Object.entries(rest).map(([key, value]) => [key, plain(value, schemas)]),
  );
  if (typeof name !== "string") return copy;
  schemas[name] = copy;
  return { $ref: `#/components/schemas/${name}` };
}
