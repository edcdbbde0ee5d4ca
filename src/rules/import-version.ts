import { fail, newId } from "../base/index.ts";
import { unit, type UnitBuilder } from "../postgres/index.ts";
import { canonicalJson, isObject, isShallow } from "./jdm/json.ts";
import { schemaOf } from "./compiled.ts";
import { contentHash } from "./content-hash.ts";
import type { Contract } from "./contents.ts";
import { checkGraph } from "./jdm/check-graph.ts";
import { checkText, expressionsOf } from "./jdm/expressions.ts";
import { type Graph, type Problem, PROBLEMS_MAX, textOf } from "./jdm/graph.ts";
import { readJdm, valueOf } from "./jdm/read-jdm.ts";
import { checkSchema } from "./json-schema.ts";
import { readTests } from "./read-tests.ts";
import { changeSet, type RulesRoom, type SetRow, submitUnit, viewOfVersion } from "./room.ts";
import { rulesErrors } from "./rules.errors.ts";
import { readSet, readVersionByHash } from "./rules.sql.ts";
import {
  type Actor,
  checkActor,
  checkLine,
  checkPlace,
  must,
  type Use,
  type VersionView,
} from "./version.ts";
import {
  insertEvents,
  insertSets,
  insertVersions,
  type Place,
  type VersionRow,
} from "./write-rules.ts";

export interface NewVersion {
  readonly name: string;
  /** The JDM file as it is: text, or its bytes. */
  readonly jdm: string | Uint8Array;
  /** `[{ name, input, output }]`, besides those in the file itself. */
  readonly tests?: unknown;
  /** JSON Schemas of input and output, besides those of the input and output nodes. */
  readonly contract?: Contract | undefined;
  /** What changes with it, in a line. */
  readonly note?: string | undefined;
}

/** The contract stands at the door, `open-rules.ts`. */
export async function importVersion(
  room: RulesRoom,
  book: string,
  asked: NewVersion,
  by: Actor,
): Promise<VersionView> {
  must(isObject(asked), "version", "an object");
  const { name, note, contract = {} } = asked;
  checkPlace(book, name);
  checkActor(by);
  checkLine(note, "note");
  must(typeof asked.jdm === "string" || asked.jdm instanceof Uint8Array, "jdm", "text or bytes");
  const isText = typeof asked.jdm === "string";
  must(!isText || asked.jdm.isWellFormed(), "jdm", "well-formed Unicode");
  const jdm = isText ? Buffer.from(asked.jdm) : asked.jdm;
  const { graph, problems, forbidden, tests: inFile } = readJdm(jdm);
  if (forbidden.length > 0) throw fail(rulesErrors, "script_forbidden", { places: forbidden });
  checkContract(contract);
  const tests = readTests(inFile, asked.tests);
  const uses = await findUses(room, { book, name }, graph, problems);
  problems.push(...checkGraph(graph), ...schemaProblems(graph));
  const of = `${book}/${name}`;
  problems.push(...(await expressionProblems(room, of, graph)));
  if (problems.length === 0) problems.push(...(await engineProblems(room, of, jdm)));
  if (problems.length > 0) throw malformed(problems);
  const hash = contentHash({ jdm, tests, contract, uses });
  const row = {
    ...{ book, name, hash, jdm, note: note ?? null, madeBy: by.owner, madeByKind: by.kind },
    tests: JSON.stringify(tests),
    contract: canonicalJson(contract),
    uses: canonicalJson(uses),
  };
  return insert(room, row, by);
}

function malformed(problems: readonly Problem[]): Error {
  const shown = problems.slice(0, PROBLEMS_MAX);
  const more = problems.length - shown.length;
  const texts = [...shown.map(textOf), ...(more === 0 ? [] : [`${more} more`])];
  return fail(rulesErrors, "jdm_malformed", { problems: texts, places: shown });
}

/** Refuses: rules.contract_malformed. */
function checkContract(contract: unknown): void {
  const problems =
    isObject(contract) && isShallow(contract)
      ? Object.entries(contract).flatMap(([key, schema]) => {
          if (key !== "input" && key !== "output") return [`${key} is neither input nor output`];
          return schema === undefined ? [] : checkSchema(schema, key);
        })
      : ["it is no object, or nested too deeply"];
  const problem = problems.join("; ");
  if (problem !== "") throw fail(rulesErrors, "contract_malformed", { problem });
}

function schemaProblems({ nodes }: Graph): readonly Problem[] {
  return nodes.flatMap((node) => {
    if (node.kind !== "input" && node.kind !== "output") return [];
    const schema = schemaOf(node.schema);
    if (schema === undefined) return [];
    return checkSchema(schema).map((problem) => ({ node: node.name, problem }));
  });
}

async function expressionProblems(
  { engines }: RulesRoom,
  of: string,
  graph: Graph,
): Promise<readonly Problem[]> {
  const placed = expressionsOf(graph);
  const problems = placed.flatMap((one) => checkText(one) ?? []);
  // A table repeats its cells: each text is asked about once.
  const asked = new Map(placed.map(({ kind, text }) => [`${kind} ${text}`, [kind, text] as const]));
  const keys = [...asked.keys()];
  const verdicts = await engines.check(of, [...asked.values()]);
  const byKey = new Map(keys.map((key, i) => [key, verdicts[i] ?? null]));
  for (const { kind, text, place } of placed) {
    const reason = byKey.get(`${kind} ${text}`) ?? null;
    if (reason !== null) problems.push({ ...place, problem: `${text.slice(0, 80)}: ${reason}` });
  }
  return problems;
}

/** What only the engine itself minds, such as an entry without an id. */
async function engineProblems(
  { engines }: RulesRoom,
  of: string,
  jdm: Uint8Array,
): Promise<readonly Problem[]> {
  const problem = await engines.tryOut(of, valueOf(jdm));
  return problem === undefined ? [] : [{ problem: `the engine can't read it: ${problem}` }];
}

/**
 * Pins each sub-decision to the version that is live now, so that what a version answers never changes by what
 * happens to another. What pins what is a tree: nothing can lead back to the set itself.
 */
async function findUses(
  room: RulesRoom,
  { book, name }: Place,
  { nodes }: Graph,
  problems: Problem[],
): Promise<readonly Use[]> {
  const uses = new Map<string, Use>();
  for (const node of nodes) {
    if (node.kind !== "decision" || uses.has(node.key)) continue;
    const say = (problem: string): void => void problems.push({ node: node.name, problem });
    if (node.key === name) {
      say("it decides by its own rule set");
      continue;
    }
    const set = await room.database.maybe(readSet, { book, name: node.key });
    if (set?.liveVersion === null || set === undefined) {
      say(`no version of the rule set ${node.key} is live in this book`);
      continue;
    }
    const { hash, uses: inner } = await room.contents.read(set, set.liveVersion);
    uses.set(node.key, { key: node.key, version: set.liveVersion, hash });
    await checkInner(room, { book, name }, inner, uses, say);
  }
  return [...uses.values()].sort((one, other) => (one.key < other.key ? -1 : 1));
}

const PINS_MAX = 100;

/** One name means one version in the whole decision, and never the set that is imported. */
async function checkInner(
  room: RulesRoom,
  { book, name }: Place,
  inner: readonly Use[],
  uses: ReadonlyMap<string, Use>,
  say: (problem: string) => void,
): Promise<void> {
  const known = new Map([...uses].map(([key, { version }]) => [key, version]));
  const open = [...inner];
  for (let use = open.pop(); use !== undefined; use = open.pop()) {
    const { key, version } = use;
    const before = known.get(key);
    if (key === name) say(`${name} would decide by itself, by way of other rule sets`);
    else if (before !== undefined && before !== version) {
      say(`${key} would be version ${before} here and version ${version} within another rule set`);
    } else if (before === undefined && known.size < PINS_MAX) {
      known.set(key, version);
      open.push(...(await room.contents.read({ book, name: key }, version)).uses);
    }
  }
}

type Row = Omit<VersionRow, "version">;

async function insert(room: RulesRoom, row: Row, by: Actor): Promise<VersionView> {
  const { book, name, hash } = row;
  const before = await room.database.maybe(readVersionByHash, { book, name, hash });
  if (before !== undefined) return viewOfVersion(before);
  await insertNext(room, row, by);
  const made = await room.database.one(readVersionByHash, { book, name, hash });
  return viewOfVersion(made);
}

/** False where somebody else made the set meanwhile. */
function insertFirst(room: RulesRoom, row: Row, by: Actor): Promise<boolean> {
  const { book, name } = row;
  const changeId = newId();
  const event = { book, name, changeId, version: 1, what: "imported" as const, by };
  return submitUnit(
    room,
    changeId,
    unit(`rules/${changeId}`)
      .write(insertSets, { book, name })
      .write(insertVersions, { ...row, version: 1 })
      .write(insertEvents, { ...event, before: null, why: row.note }),
  );
}

function insertNext(room: RulesRoom, row: Row, by: Actor): Promise<void> {
  const { book, name, hash } = row;
  const plan = async (set: SetRow) => {
    if ((await room.database.maybe(readVersionByHash, { book, name, hash })) !== undefined) return;
    const version = set.lastVersion + 1;
    return {
      change: {
        version,
        what: "imported" as const,
        by,
        why: row.note ?? undefined,
        lastVersion: version,
      },
      more: (building: UnitBuilder<never>) => building.write(insertVersions, { ...row, version }),
    };
  };
  return changeSet(room, row, plan, () => insertFirst(room, row, by));
}
