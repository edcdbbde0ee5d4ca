import type { Finding, Tree } from "../tree.ts";
import { changelog } from "./changelog.ts";
import { commits } from "./commits.ts";
import { cycles } from "./cycles.ts";
import { decisions } from "./decisions.ts";
import { environment } from "./environment.ts";
import { errorCodes } from "./error-codes.ts";
import { layers } from "./layers.ts";
import { links } from "./links.ts";
import { map } from "./map.ts";
import { migrations } from "./migrations.ts";
import { places } from "./places.ts";
import { shape } from "./shape.ts";
import { sizes } from "./sizes.ts";
import { types } from "./types.ts";
import { words } from "./words.ts";

interface HouseRule {
  readonly promise: string;
  readonly rule: (tree: Tree) => readonly Finding[];
}

/** All of the house's rules, each with the sentence it makes true. */
export const houseRules: readonly HouseRule[] = [
  { promise: "imports go down, through doors, along declared edges", rule: layers },
  { promise: "no file reaches itself through imports", rule: cycles },
  { promise: "files and functions stay small", rule: sizes },
  { promise: "every room has the same shape", rule: shape },
  { promise: "every path on the map exists", rule: map },
  { promise: "error codes are declared, raised and documented", rule: errorCodes },
  { promise: "types narrow and never lie", rule: types },
  { promise: "only the lane commits", rule: commits },
  { promise: "every migration says who may stay beside it", rule: migrations },
  { promise: "the environment is read in one place", rule: environment },
  { promise: "decisions are one page in one form", rule: decisions },
  { promise: "names say what a thing is", rule: words },
  { promise: "nothing belongs to one machine", rule: places },
  { promise: "the changelog has something unreleased to say", rule: changelog },
  { promise: "every link of every page leads somewhere", rule: links },
];
