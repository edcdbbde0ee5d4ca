/** What versions say, ready to decide. A version never changes, so what was read once is kept while there is room. */
import { fail } from "../base/index.ts";
import type { Database } from "../postgres/index.ts";
import { type Compiled, compile } from "./compiled.ts";
import { readJdm, valueOf } from "./jdm/read-jdm.ts";
import { rulesErrors } from "./rules.errors.ts";
import { readContent } from "./rules.sql.ts";
import type { RuleTest, Use } from "./version.ts";
import type { Place } from "./write-rules.ts";

export interface Contract {
  readonly input?: unknown;
  readonly output?: unknown;
}

export interface VersionContent {
  readonly hash: string;
  readonly jdm: Buffer;
  readonly tests: readonly RuleTest[];
  readonly contract: Contract;
  readonly uses: readonly Use[];
}

interface Kept {
  readonly compiled: Compiled;
  readonly hash: string;
  readonly size: number;
}

/** Of JDM text, in memory: what is made of it is some ten times as large. */
const KEPT_BYTES_MAX = 16 * 1024 * 1024;
/** As deep as the engine goes. */
const USES_DEPTH_MAX = 10;

export class Contents {
  private readonly database: Database;
  private readonly kept = new Map<string, Kept>();
  private readonly reading = new Map<string, Promise<Kept>>();
  private keptBytes = 0;

  constructor(database: Database) {
    this.database = database;
  }

  /** What a version says, as it was given. Refuses: rules.version_missing. */
  async read({ book, name }: Place, version: number): Promise<VersionContent> {
    const row = await this.database.maybe(readContent, { book, name, version });
    if (row === undefined) throw fail(rulesErrors, "version_missing", { name, version });
    return {
      hash: row.hash,
      jdm: row.jdm,
      tests: JSON.parse(row.tests) as readonly RuleTest[],
      contract: JSON.parse(row.contract) as Contract,
      uses: JSON.parse(row.uses) as readonly Use[],
    };
  }

  /** From memory, or undefined: then `compiled` reads it. */
  known({ book, name }: Place, version: number): Kept | undefined {
    const key = keyOf(book, name, version);
    const kept = this.kept.get(key);
    if (kept === undefined) return undefined;
    this.kept.delete(key);
    this.kept.set(key, kept);
    return kept;
  }

  /** Refuses: rules.version_missing. */
  async compiled(place: Place, version: number): Promise<Kept> {
    const known = this.known(place, version);
    if (known !== undefined) return known;
    const key = keyOf(place.book, place.name, version);
    const reading = this.reading.get(key) ?? this.make(place, version, key);
    this.reading.set(key, reading);
    try {
      return await reading;
    } finally {
      this.reading.delete(key);
    }
  }

  private async make(place: Place, version: number, key: string): Promise<Kept> {
    const { hash, jdm: bytes, contract, uses: pinned } = await this.read(place, version);
    const { graph } = readJdm(bytes);
    const jdm = valueOf(bytes);
    const { uses, size: sizeOfUses } = await this.textsOf(place.book, pinned);
    const size = bytes.length + sizeOfUses;
    const compiled = compile({ hash, size, jdm, graph, uses, contract });
    const kept = { compiled, hash, size };
    this.kept.set(key, kept);
    this.keptBytes += kept.size;
    for (const [oldest, { size }] of this.kept) {
      if (this.keptBytes <= KEPT_BYTES_MAX || this.kept.size === 1) break;
      this.kept.delete(oldest);
      this.keptBytes -= size;
    }
    return kept;
  }

  /**
   * The texts of sub-decisions, and of theirs, by key. One key means one version in a whole decision: an import that
   * would have it mean two is refused.
   */
  private async textsOf(
    book: string,
    pinned: readonly Use[],
  ): Promise<{ readonly uses: Readonly<Record<string, unknown>>; readonly size: number }> {
    const texts = new Map<string, unknown>();
    let size = 0;
    let level = pinned;
    for (let depth = 0; depth < USES_DEPTH_MAX && level.length > 0; depth++) {
      const next: Use[] = [];
      for (const { key, version } of level) {
        if (texts.has(key)) continue;
        const content = await this.read({ book, name: key }, version);
        texts.set(key, valueOf(content.jdm));
        size += content.jdm.length;
        next.push(...content.uses);
      }
      level = next;
    }
    return { uses: Object.fromEntries(texts), size };
  }
}

const keyOf = (book: string, name: string, version: number): string =>
  `${book}\n${name}\n${version}`;
