/** Who asks for a node's name, and what it makes of who has it. */
import { expect, test } from "vitest";
import { type Clock, systemClock } from "../../base/index.ts";
import { openDatabase } from "../database.ts";
import { postgresMigrations } from "../index.ts";
import { rowsOf, testDatabase } from "../testing.ts";
import { claimName } from "./claim-name.ts";
import { markOfThis, type ProcessMark } from "./process-mark.ts";

const NODE = "node-1";
/** More looks in a row than a free lock is believed after. */
const LOOKS = 12;

/** The name is a holder's whose session has broken: nobody holds its lock. After some looks the lease is renewed. */
async function claimBehind(holder: ProcessMark) {
  const opened = await testDatabase({ migrations: [postgresMigrations] });
  const { url, schema } = opened;
  let looks = 0;
  const clock: Clock = {
    now: () => systemClock.now(),
    // Waits for nothing: how long the session is away is a number of looks.
    sleep: async () => {
      looks += 1;
      if (looks < LOOKS) return;
      const renew =
        "update {schema}.lane_lease set lease_until = lease_until + interval '1 minute'";
      await rowsOf(opened, renew);
    },
  };
  const database = await openDatabase({ url, schema, clock, poolMax: 2 });
  await rowsOf(
    opened,
    `insert into {schema}.lane_lease (node, epoch, lease_until, holder, is_locked)
     values ('${NODE}', 1, clock_timestamp() + interval '1 minute', '${JSON.stringify(holder)}', true)`,
  );
  try {
    return await claimName(database, NODE, 1_000);
  } finally {
    await database.close();
  }
}

test("P5: a process of this machine that lives keeps its name, however long its session takes to come back", async () => {
  expect(await claimBehind(markOfThis())).toMatchObject({ kind: "lives" });
});

test("P5: of a machine that can't be asked, a session that stays away for long is one that has ended", async () => {
  const elsewhere = { ...markOfThis(), space: "another machine" };
  expect(await claimBehind(elsewhere)).toMatchObject({ kind: "taken", lease: { epoch: 2 } });
});

test("P5: a process of this machine that is no more holds its name up for nobody", async () => {
  const dead = { ...markOfThis(), began: "before this one" };
  expect(await claimBehind(dead)).toMatchObject({ kind: "taken", lease: { epoch: 2 } });
});
