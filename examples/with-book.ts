/** Starts a PostgreSQL of its own under .longmen/, opens a book, tells a story on it, and stops. */
import { type Book, ledgerMigrations, openLedger } from "longmen/ledger";
import { migrate, openDatabase, postgresMigrations, startEmbedded } from "longmen/postgres";

export async function withBook(
  name: string,
  story: (book: Book, say: (line: string) => void) => Promise<void>,
): Promise<void> {
  const server = await startEmbedded({ dir: ".longmen/examples" });
  const database = await openDatabase({ url: server.url });
  await migrate(database, [postgresMigrations, ledgerMigrations]);
  const ledger = openLedger({ database });
  await story(await ledger.createBook(name), console.log);
  await ledger.close();
  await database.close();
  await server.stop();
}
