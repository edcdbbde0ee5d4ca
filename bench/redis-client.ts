/** What the peers use of ioredis, which is installed in bench/ only and so has no types at home. */

export interface RedisClient {
  call(command: string, ...args: readonly (string | number)[]): Promise<unknown>;
  /** Pipelined by itself with all other calls of the same turn. */
  evalsha(sha: string, keyCount: number, ...args: readonly (string | number)[]): Promise<unknown>;
  disconnect(): void;
}

type RedisConstructor = new (options: Readonly<Record<string, unknown>>) => RedisClient & {
  on(event: "error", listener: () => void): void;
};

/** A connection; calls made in one turn of the event loop go out together (auto-pipelining). */
export async function openRedis(port: number): Promise<RedisClient> {
  // By a name that the compiler does not follow: bench/node_modules may not be there.
  const packageName: string = "ioredis";
  const { Redis } = (await import(packageName)) as { Redis: RedisConstructor };
  const client = new Redis({
    host: "127.0.0.1",
    port,
    enableAutoPipelining: true,
    retryStrategy: null,
    maxRetriesPerRequest: 0,
  });
  // Each call reports its own failure; without a listener a lost connection would end the process.
  client.on("error", () => undefined);
  return client;
}
