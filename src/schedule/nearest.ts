/** What somebody may have meant: the names nearest to a misspelt one. */

/** The most letters of a misspelt word that are compared. */
const COMPARED_MAX = 64;

/** Up to `most` of `names` that differ from `text` by little, nearest first, case aside. */
export function nearest(text: string, names: Iterable<string>, most: number): readonly string[] {
  const asked = text.slice(0, COMPARED_MAX).toLowerCase();
  const found: { name: string; far: number }[] = [];
  for (const name of names) {
    const lower = name.toLowerCase();
    // The last word alone counts, too, if less: who writes Berlin means Europe/Berlin.
    const far = Math.min(farness(asked, lower), farness(lastWord(asked), lastWord(lower)) + 0.5);
    if (far < Infinity) found.push({ name, far });
  }
  found.sort((one, other) => one.far - other.far || (one.name < other.name ? -1 : 1));
  return found.slice(0, most).map(({ name }) => name);
}

function lastWord(name: string): string {
  return name.slice(name.lastIndexOf("/") + 1);
}

/** The distance of two words, if it is small for their length. */
function farness(asked: string, name: string): number {
  const limit = Math.max(1, Math.floor(asked.length / 4));
  if (Math.abs(asked.length - name.length) > limit) return Infinity;
  const far = distance(asked, name);
  return far <= limit ? far : Infinity;
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
