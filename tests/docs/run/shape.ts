/** The names of all members of a JSON value, one a line. A list has those of its first item. */
export function describeShape(value: unknown): string {
  return lines(value, "").toSorted().join("\n");
}

function lines(value: unknown, path: string): readonly string[] {
  if (Array.isArray(value)) return value.length === 0 ? [] : lines(value[0], `${path}[]`);
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, member]) => [`${path}.${key}`, ...lines(member, `${path}.${key}`)]);
}
