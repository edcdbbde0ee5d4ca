/** What somebody may have meant: the names nearest to a misspelt one. */

/** The most letters of a misspelt word that are compared. */
const COMPARED_MAX = 64;

/** Up to `most` of `names` that differ from `text` by little, nearest first, case aside. */
export function nearest(text: string, names: Iterable<string>, most: number): readonly string[] {
  const asked = text.slice(0, COMPARED_MAX).toLowerCase();
  const limit = Math.max(1, Math.floor(asked.length / 3));
  const found: { name: string; far: number }[] = [];
  for (const name of names) {
    const lower = name.toLowerCase();
    // The last word alone counts, too: who writes Berlin means Europe/Berlin.
    const word = lower.slice(lower.lastIndexOf("/") + 1);
    const askedWord = asked.slice(asked.lastIndexOf("/") + 1);
    const far = Math.min(distance(asked, lower), distance(askedWord, word) + 0.5);
    if (far <= limit) found.push({ name, far });
  }
  found.sort((one, other) => one.far - other.far || (one.name < other.name ? -1 : 1));
  return found.slice(0, most).map(({ name }) => name);
}

/** How many letters must be put in, taken out or exchanged to make one word of the other. */
function distance(one: string, other: string): number {
  let row = Array.from({ length: other.length + 1 }, (_, index) => index);
  for (let i = 0; i < one.length; i++) {
    const below = [i + 1];
    for (let j = 0; j < other.length; j++) {
      const same = one[i] === other[j] ? 0 : 1;
      const exchanged = (row[j] ?? 0) + same;
      below.push(Math.min(exchanged, (row[j + 1] ?? 0) + 1, (below[j] ?? 0) + 1));
    }
    row = below;
  }
  return row[other.length] ?? 0;
}
