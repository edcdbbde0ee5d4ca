/** Reads a CPU profile: how much time each function and each file took itself, callees apart. */

export interface CpuProfile {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: {
      readonly functionName: string;
      readonly url: string;
      readonly lineNumber: number;
    };
  }[];
  readonly samples?: readonly number[] | undefined;
  readonly timeDeltas?: readonly number[] | undefined;
}

export interface SelfTime {
  readonly name: string;
  /** Of the time of the whole profile, 0 to 1. */
  readonly share: number;
}

export interface SelfTimes {
  readonly byFile: readonly SelfTime[];
  readonly byFunction: readonly SelfTime[];
}

/** Files below `root` (a file URL that ends with a slash) are named from there. */
export function selfTimes(profile: CpuProfile, root: string): SelfTimes {
  const frames = new Map(profile.nodes.map((node) => [node.id, node.callFrame]));
  const files = new Map<string, number>();
  const functions = new Map<string, number>();
  let all = 0;
  for (const [at, id] of (profile.samples ?? []).entries()) {
    const frame = frames.get(id);
    const micros = profile.timeDeltas?.[at] ?? 0;
    if (frame === undefined) continue;
    all += micros;
    const file = fileOf(frame.url, root);
    // Engine states have no file: (idle), (program), (garbage collector).
    const name = frame.functionName === "" ? "(anonymous)" : frame.functionName;
    const place = file === "" ? name : `${name} ${file}:${frame.lineNumber + 1}`;
    add(files, file === "" ? name : file, micros);
    add(functions, place, micros);
  }
  return { byFile: sorted(files, all), byFunction: sorted(functions, all) };
}

function add(times: Map<string, number>, name: string, micros: number): void {
  times.set(name, (times.get(name) ?? 0) + micros);
}

function sorted(times: ReadonlyMap<string, number>, all: number): SelfTime[] {
  return [...times]
    .map(([name, micros]) => ({ name, share: micros / all }))
    .sort((one, other) => other.share - one.share);
}

function fileOf(url: string, root: string): string {
  const inPackage = url.lastIndexOf("/node_modules/");
  if (inPackage >= 0) return url.slice(inPackage + "/node_modules/".length);
  return url.startsWith(root) ? url.slice(root.length) : url;
}
