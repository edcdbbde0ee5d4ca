/** The consumer as a process of its own; started by redis-pipeline.ts, told what to do by message. */
import { startConsumer, type Consumer, type ConsumerOptions } from "./consumer.ts";

const TELL_EVERY_MS = 2;

let consumer: Consumer | undefined;
let told = 0;

async function start(options: ConsumerOptions): Promise<void> {
  consumer = await startConsumer(options);
  process.send?.({ written: 0 });
}

const telling = setInterval(() => {
  const written = consumer?.written() ?? 0;
  if (written > told) process.send?.({ written });
  told = written;
}, TELL_EVERY_MS);

process.on("message", (options: ConsumerOptions) => void start(options));
process.on("disconnect", () => {
  clearInterval(telling);
  void consumer?.stop();
});
