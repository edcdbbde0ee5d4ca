/** Lines between the simulation and its nodes: JSON in which whole numbers of any size are `{"$":"123"}`. */
export function toLine(value: unknown): string {
  return JSON.stringify(value, (_key, each: unknown) =>
    typeof each === "bigint" ? { $: each.toString() } : each,
  );
}

export function fromLine(line: string): unknown {
  return JSON.parse(line, (_key, each: unknown) => {
    const digits =
      typeof each === "object" && each !== null ? (each as { $?: unknown }).$ : undefined;
    return typeof digits === "string" ? BigInt(digits) : each;
  });
}
