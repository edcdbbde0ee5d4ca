/**
 * Durable flows in a program that has its own server and its own pool: a sign-up whose welcome goes on over
 * crashes and restarts. Run it with
 * `npm run example examples/flows-in-fastify.ts postgres://user:password@host:5432/shop`, then
 * `curl -d '{"email":"ann@example.com"}' -H 'content-type: application/json' localhost:3000/signups`.
 */
import { fastify, type FastifyInstance } from "fastify";
import { LongmenError } from "longmen/base";
import { type Flow, flow, flowMigrations, type Flows, openFlows } from "longmen/flow";
import { type Database, migrate, openDatabase, postgresMigrations } from "longmen/postgres";
import { Pool } from "pg";

interface Signup {
  readonly email: string;
}

/** Whatever sends mail: `key` is the same for every attempt at the same mail. */
export type SendMail = (to: string, subject: string, key: string) => Promise<void>;

const THREE_DAYS_MS = 3 * 86_400_000;

export function welcomeFlow(sendMail: SendMail): Flow<Signup, string> {
  return flow("user.welcome", { version: 1, input: signupOf }, async (f, { email }: Signup) => {
    await f.step("welcome", ({ key }) => sendMail(email, "Welcome", key), {
      retry: { attempts: 8 },
      timeoutMs: 10_000,
    });
    const confirmed = await f.event("confirmed", { timeoutMs: THREE_DAYS_MS });
    if (confirmed !== undefined) return "confirmed";
    await f.step("remind", ({ key }) => sendMail(email, "Still there?", key));
    return "reminded";
  });
}

/** Asked on every replay, too: what it answers is what the flow is given. */
function signupOf(value: unknown): Signup {
  const { email } = (value ?? {}) as { email?: unknown };
  if (typeof email !== "string" || !email.includes("@")) throw new Error("an email is wanted");
  return { email };
}

interface Shop {
  readonly app: FastifyInstance;
  readonly flows: Flows;
}

/** Your server, your pool, your tables; Longmen's are in a schema of their own. */
export async function openShop(pool: Pool, schema: string, sendMail: SendMail): Promise<Shop> {
  const database = await openDatabase({ pool, schema });
  await migrate(database, [postgresMigrations, flowMigrations]);
  await pool.query(`create table if not exists signup (email text primary key, run text not null)`);
  const welcome = welcomeFlow(sendMail);
  // Another node has another name; one that comes back keeps its own, and goes on at once.
  const flows = await openFlows({ database, node: "shop-1", flows: [welcome] });
  const app = fastify();
  addRoutes(app, { database, flows, welcome });
  app.addHook("onClose", () => flows.close());
  return { app, flows };
}

interface Parts {
  readonly database: Database;
  readonly flows: Flows;
  readonly welcome: Flow<Signup, string>;
}

function addRoutes(app: FastifyInstance, { database, flows, welcome }: Parts): void {
  // The row and the run are one commit: neither is ever there without the other.
  app.post("/signups", async (request, reply) => {
    const signup = signupOf(request.body);
    const id = await database.transaction(async (tx) => {
      const run = await flows.startIn(tx, welcome, signup, { key: signup.email });
      const insert = `insert into signup (email, run) values ($1, $2) on conflict do nothing`;
      await tx.query(insert, [signup.email, run.id]);
      return run.id;
    });
    return reply.code(202).send({ id });
  });
  app.post<{ Params: { id: string } }>("/signups/:id/confirm", async ({ params }, reply) => {
    await flows.signal(params.id, "confirmed", true);
    return reply.code(204).send();
  });
  app.get<{ Params: { id: string } }>("/signups/:id", async ({ params }, reply) => {
    const run = await flows.get(params.id);
    if (run === undefined) return reply.code(404).send();
    const steps = await flows.steps(params.id);
    return { status: run.status, result: run.result, steps: steps.map(({ step }) => step) };
  });
  app.setErrorHandler((error: Error, _request, reply) => {
    const code = error instanceof LongmenError ? error.code : "signup.malformed";
    return reply.code(400).send({ code, message: error.message });
  });
}

if (process.argv[1] === import.meta.filename) {
  const url = process.argv[2];
  if (url === undefined) {
    console.error(
      "usage: npm run example examples/flows-in-fastify.ts postgres://user:password@host:5432/shop",
    );
    process.exit(2);
  }
  const pool = new Pool({ connectionString: url });
  const say: SendMail = (to, subject) => Promise.resolve(console.log(`${subject}: ${to}`));
  const { app } = await openShop(pool, "shop_flows", say);
  console.log(`try: curl ${await app.listen({ port: 3_000 })}/signups`);
  process.once("SIGINT", () => void app.close().then(() => pool.end()));
}
