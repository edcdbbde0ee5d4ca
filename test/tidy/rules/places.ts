import type { Finding, Tree } from "../tree.ts";

/** Folders that exist on somebody's machine only. Written so that this file doesn't name one. */
const homes = ["home", "Users", "root", "work"].join("|");
const machinePath = new RegExp(String.raw`(?<![\w.~*-])/(?:${homes})/[\w.@-]+`);
const windowsPath = /\b[A-Z]:\\+(?:Users|Documents)\b/;
const publicRegistry = "https://registry.npmjs.org/";

/** The project is the same on every machine: no path of one, no private registry. */
export function places(tree: Tree): readonly Finding[] {
  const findings: Finding[] = [];
  for (const [path, text] of tree) {
    const isLock = path.endsWith("package-lock.json");
    text.split("\n").forEach((content, index) => {
      const message = isLock ? registryIn(content) : machinePathIn(content);
      if (message !== undefined) findings.push({ path, line: index + 1, message });
    });
  }
  return findings;
}

function machinePathIn(line: string): string | undefined {
  const found = machinePath.exec(line)?.[0] ?? windowsPath.exec(line)?.[0];
  return found === undefined ? undefined : `${found} is a path of one machine`;
}

function registryIn(line: string): string | undefined {
  const from = /"resolved": "(https?:[^"]+)"/.exec(line)?.[1];
  if (from === undefined || from.startsWith(publicRegistry)) return undefined;
  return "resolved from a registry that others may not reach";
}
