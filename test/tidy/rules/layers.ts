import { builtinModules } from "node:module";
import {
  aside,
  door,
  isTestCode,
  packageRooms,
  roomOf,
  rooms,
  testDoor,
  wiring,
} from "../house.ts";
import { exceptions as houseExceptions, type Exceptions } from "../exceptions.ts";
import { sourcesOf, type Import, type Source } from "../syntax.ts";
import type { Finding, Tree } from "../tree.ts";

/** Imports go down, through doors, along declared edges, to declared packages. */
export function layers(tree: Tree, exceptions: Exceptions = houseExceptions): readonly Finding[] {
  const declared = declaredPackages(tree);
  return sourcesOf(tree).flatMap((source) => [
    ...placeOf(source),
    ...source.imports.flatMap((found) => {
      const message =
        found.target === undefined
          ? judgePackage(source, found, declared)
          : judgeFile(source, found.target, exceptions);
      return message === undefined ? [] : [{ path: source.path, line: found.line, message }];
    }),
  ]);
}

/** Every file of src/ stands in a known room, or is one of the wiring files. */
function placeOf(source: Source): readonly Finding[] {
  if (!source.path.startsWith("src/") || wiring.includes(source.path)) return [];
  const room = roomOf(source.path);
  if (room !== undefined && (room in rooms || aside.includes(room))) return [];
  if (room === undefined && source.path.endsWith(".test.ts")) return [];
  return [{ path: source.path, message: "stands in no room of test/tidy/house.ts" }];
}

function judgeFile(source: Source, target: string, exceptions: Exceptions): string | undefined {
  const from = roomOf(source.path);
  const to = roomOf(target);
  if (from !== undefined && aside.includes(from)) {
    return from === to ? undefined : `${from} imports nothing of the house`;
  }
  if (!target.startsWith("src/")) return judgeOutward(source, target);
  if (source.path.startsWith("examples/")) {
    return "an example imports longmen/…, as its reader will";
  }
  if (source.path.startsWith("console/")) {
    return to === "client" ? undefined : "the console imports client only";
  }
  if (from === to && from !== undefined) return undefined;
  const permitted = exceptions.backDoors.some(
    (one) => one.path === source.path && one.target === target,
  );
  return (
    (permitted ? undefined : judgeDoor(source, target, to)) ?? judgeDirection(source, from, to)
  );
}

/** From src/ to what stands outside of it: only tests may, a stranger's copy has no such file. */
function judgeOutward(source: Source, target: string): string | undefined {
  if (!source.path.startsWith("src/") || isTestCode(source.path)) return undefined;
  return `${target} is not part of what is published`;
}

function judgeDoor(source: Source, target: string, to: string | undefined): string | undefined {
  if (to === undefined) return undefined;
  if (target === `src/${to}/${door}`) return undefined;
  const forTests = target === `src/${to}/${testDoor}`;
  if (forTests && (isTestCode(source.path) || !source.path.startsWith("src/"))) return undefined;
  if (forTests) return `${target} is for tests only`;
  return `back door: enter ${to} through src/${to}/${door}`;
}

function judgeDirection(
  source: Source,
  from: string | undefined,
  to: string | undefined,
): string | undefined {
  // Wiring, and everything outside src/, may see all rooms.
  if (from === undefined) return undefined;
  const here = rooms[from];
  if (here === undefined) return undefined;
  if (to === undefined) return isTestCode(source.path) ? undefined : `${from} imports wiring`;
  const there = rooms[to];
  if (there === undefined) {
    return here.beside?.includes(to) === true ? undefined : `${to} is no room that others enter`;
  }
  if (there.layer < here.layer) return undefined;
  if (there.layer > here.layer) return `upward: ${from} (${here.layer}) to ${to} (${there.layer})`;
  if (here.sideways?.includes(to) === true) return undefined;
  return `sideways: ${from} to ${to} is not declared in test/tidy/house.ts`;
}

interface Packages {
  readonly needed: ReadonlySet<string>;
  readonly optional: ReadonlySet<string>;
  readonly development: ReadonlySet<string>;
}

function declaredPackages(tree: Tree): Packages {
  const manifest = JSON.parse(tree.get("package.json") ?? "{}") as Readonly<
    Record<string, Readonly<Record<string, string>> | undefined>
  >;
  const names = (field: string) => new Set(Object.keys(manifest[field] ?? {}));
  return {
    needed: names("dependencies"),
    optional: names("optionalDependencies"),
    development: names("devDependencies"),
  };
}

function judgePackage(source: Source, found: Import, declared: Packages): string | undefined {
  const name = packageName(found.specifier);
  if (aside.includes(roomOf(source.path) ?? "") && !isTestCode(source.path)) {
    return `${name} is not in a browser: ${roomOf(source.path) ?? ""} imports only its own files`;
  }
  if (name.startsWith("node:")) return undefined;
  if (builtinModules.includes(name)) return `write node:${name}`;
  if (name === "longmen") {
    return source.path.startsWith("src/") ? "src imports itself by relative paths" : undefined;
  }
  // The console and the benchmarks have manifests of their own.
  if (source.path.startsWith("console/") || source.path.startsWith("bench/")) return undefined;
  const room = roomOf(source.path);
  const owners = packageRooms[name];
  if (owners !== undefined && source.path.startsWith("src/") && !owners.includes(room ?? "")) {
    return `only ${owners.join(", ")} may import ${name}`;
  }
  if (declared.needed.has(name)) return undefined;
  if (declared.optional.has(name)) {
    return found.onUse ? undefined : `${name} is optional: load it on use, with import()`;
  }
  const published = source.path.startsWith("src/") && !isTestCode(source.path);
  if (declared.development.has(name)) {
    return published ? `${name} is a development dependency` : undefined;
  }
  return `${name} is not declared in package.json`;
}

function packageName(specifier: string): string {
  if (specifier.startsWith("node:")) return specifier;
  const parts = specifier.split("/");
  return specifier.startsWith("@") ? parts.slice(0, 2).join("/") : (parts[0] ?? specifier);
}
