/**
 * Where two JSON values have not the same members, as paths. Null fits everything, lists are compared by their first
 * items, and an empty list fits every other.
 */
export function findDifferences(shown: unknown, real: unknown, path = ""): readonly string[] {
  if (shown === null || real === null) return [];
  if (Array.isArray(shown) && Array.isArray(real)) {
    return shown.length === 0 || real.length === 0 ? [] : findDifferences(shown[0], real[0], `${path}[0]`);
  }
  if (!isObject(shown) || !isObject(real)) return typeof shown === typeof real ? [] : [`${path}: ${typeof real}`];
  return [...new Set([...Object.keys(shown), ...Object.keys(real)])].flatMap((key) => {
    const place = `${path}.${key}`;
    if (!(key in real)) return [`${place} is not there`];
    return key in shown ? findDifferences(shown[key], real[key], place) : [`${place} is not shown`];
  });
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
