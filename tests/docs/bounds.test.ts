import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT, readPage } from "./read-page.ts";

const UNITS: Readonly<Record<string, number>> = { Ki: 1_024, KiB: 1_024, MiB: 1_024 * 1_024 };

const rows = readPage("docs/bounds.md")
  .text.split("\n")
  .filter((line) => line.startsWith("| ") && !line.startsWith("| what "))
  .map((line) => line.split("|").map((cell) => cell.trim()))
  .map(([, what = "", bound = "", , constants = ""]) => ({ what, bound, constants }));

test("bounds.md has tables of bounds, and most name their constants", () => {
  expect(rows.length).toBeGreaterThan(40);
  expect(rows.filter(({ constants }) => constants === "").length).toBeLessThan(5);
});

test.each(rows.filter(({ constants }) => constants !== ""))("the bound of $what is the program's", (row) => {
  expect({ what: row.what, numbers: numbersOf(row.bound) }).toEqual({
    what: row.what,
    numbers: valuesOf(row.constants),
  });
});

/** Those in bold, with their units: `**64 KiB**`. */
function numbersOf(bound: string): readonly number[] {
  return [...bound.matchAll(/\*\*([\d,.]+)(?: (\w+))?\*\*/g)].map(
    ([, digits = "", unit = ""]) => Number(digits.replaceAll(",", "")) * (UNITS[unit] ?? 1),
  );
}

/** Of what stands in backticks: a file below src/, and behind it the names of constants in it. */
function valuesOf(constants: string): readonly number[] {
  let source = "";
  return [...constants.matchAll(/`([^`]+)`/g)].flatMap(([, word = ""]) => {
    if (!word.endsWith(".ts")) return valuesIn(source, word);
    source = readFileSync(join(ROOT, "src", word), "utf8");
    return [];
  });
}

/** Of `NAME = 64 * 1_024`, `name: 64`, or all members of `name: { most: 64, part: 0.5 }` and `NAME = { … }`. */
function valuesIn(source: string, name: string): readonly number[] {
  const [, members, product] = new RegExp(`\\b${name}(?: =|:) (?:\\{([^}]*)\\}|([\\d_. *]+)[,;])`).exec(source) ?? [];
  if (members !== undefined) return [...members.matchAll(/: ([\d_.]+)/g)].map(([, digits = ""]) => toNumber(digits));
  expect(`${name} ${product ?? "is not there"}`).toMatch(/\d/);
  return [(product ?? "").split("*").reduce((so, factor) => so * toNumber(factor), 1)];
}

function toNumber(digits: string): number {
  return Number(digits.replaceAll("_", ""));
}
