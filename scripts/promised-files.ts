/** The part of package.json that strangers rely on. */
export interface Manifest {
  readonly bin: Readonly<Record<string, string>>;
  readonly exports: Readonly<Record<string, string | Readonly<Record<string, string>>>>;
}

/** The condition under which this repository's own tests and examples read src/ instead of dist/. */
export const SOURCE_CONDITION = "longmen-source";

/** Every file that an import or a command of the published package would open. */
export function promisedFiles(manifest: Manifest): readonly string[] {
  const exported = Object.values(manifest.exports).flatMap((target) =>
    typeof target === "string"
      ? [target]
      : Object.entries(target).flatMap(([condition, file]) =>
          condition === SOURCE_CONDITION ? [] : [file],
        ),
  );
  return [...new Set([...exported, ...Object.values(manifest.bin)])].sort();
}

/** The names a stranger imports: `longmen/ledger`, … JSON files are left to those who need them. */
export function subpaths(manifest: Manifest): readonly string[] {
  return Object.keys(manifest.exports)
    .filter((path) => !path.endsWith(".json"))
    .map((path) => path.replace(/^\./, "longmen"));
}
