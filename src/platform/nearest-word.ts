/** The word of `known` that `word` was probably meant to be; undefined where none is close. */
export function nearestWord(word: string, known: readonly string[]): string | undefined {
  const most = Math.max(1, Math.floor(word.length / 3));
  const best = known
    // As many letters have to be added or dropped at the least.
    .filter((candidate) => Math.abs(candidate.length - word.length) <= most)
    .map((candidate) => ({ candidate, distance: editDistance(word, candidate) }))
    .sort((one, other) => one.distance - other.distance)[0];
  return best !== undefined && best.distance <= most ? best.candidate : undefined;
}

/** Letters to add, drop, replace or swap with their neighbour (optimal string alignment), letter case ignored. */
export function editDistance(one: string, other: string): number {
  const [source, target] = [one.toLowerCase(), other.toLowerCase()];
  let beforeLast: readonly number[] = [];
  let last: readonly number[] = Array.from({ length: target.length + 1 }, (_, column) => column);
  for (let line = 1; line <= source.length; line++) {
    const next = [line];
    for (let column = 1; column <= target.length; column++) {
      const [letter, wanted] = [source[line - 1], target[column - 1]];
      const swapped = letter === target[column - 2] && wanted === source[line - 2] ? beforeLast[column - 2] : undefined;
      next.push(
        Math.min(
          (last[column - 1] ?? 0) + (letter === wanted ? 0 : 1),
          (last[column] ?? 0) + 1,
          (next[column - 1] ?? 0) + 1,
          swapped === undefined ? Number.POSITIVE_INFINITY : swapped + 1,
        ),
      );
    }
    [beforeLast, last] = [last, next];
  }
  return last[target.length] ?? 0;
}
