import { Failure } from "../../platform/failure.ts";
import { foldCase } from "./fold-case.ts";
import type { IniSection } from "./ini-section.ts";

/** How often the dialect replaces references within one value before it lets the rest stand. */
const MOST_ROUNDS = 99;
/** Characters that expansion may produce in one file: references to references grow exponentially. */
const MOST_EXPANDED = 4 * 1024 * 1024;

/**
 * Replaces each `%(key)s` in each value: by the raw first value of that key in the same section, else at the top of the
 * file. At the first reference without a target, the value stays as it is.
 * @throws Failure `config-invalid` where the values would grow beyond any sense.
 */
export function expandReferences(sections: readonly IniSection[], file: string): readonly IniSection[] {
  if (!sections.some((section) => section.keys.some((key) => key.value.includes("%(")))) return sections;
  const top = rawValues(sections[0]);
  let budget = MOST_EXPANDED;

  return sections.map((section) => {
    const own = rawValues(section);
    return {
      ...section,
      keys: section.keys.map((key) => ({ ...key, value: expand(key.value, foldCase(key.name), key.line) })),
    };

    function expand(raw: string, self: string, line: number): string {
      let value = raw;
      for (let round = 0; round < MOST_ROUNDS; round++) {
        const reference = findReference(value);
        if (reference === undefined) break;
        const wanted = foldCase(reference.slice(2, -2));
        const replacement = wanted === self ? top.get(wanted) : (own.get(wanted) ?? top.get(wanted));
        if (replacement === undefined) break;
        budget -= value.length + (value.split(reference).length - 1) * replacement.length;
        if (budget < 0) {
          throw new Failure("config-invalid", `${file}:${line}: the references %(…)s expand to too much text`, {
            hint: "write the value out",
          });
        }
        value = value.replaceAll(reference, () => replacement);
      }
      return value;
    }
  });
}

function rawValues(section: IniSection | undefined): ReadonlyMap<string, string> {
  const values = new Map<string, string>();
  for (const key of section?.keys ?? []) {
    if (key.duplicateOf === undefined) values.set(foldCase(key.name), key.value);
  }
  return values;
}

/** The first `%(…)s`. No expression does this in linear time. */
function findReference(value: string): string | undefined {
  for (let from = 0; ; ) {
    const start = value.indexOf("%(", from);
    if (start === -1) return undefined;
    const close = value.indexOf(")", start);
    if (close === -1) return undefined;
    if (close > start + 2 && value.charAt(close + 1) === "s") return value.slice(start, close + 2);
    from = close;
  }
}
