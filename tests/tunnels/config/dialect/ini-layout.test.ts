import { expect, test } from "bun:test";
import { Failure } from "../../../../src/platform/failure.ts";
import { parseIni } from "../../../../src/tunnels/config/dialect/ini.ts";
import { type LaidKey, layOut, rewriteValue, writeOut } from "../../../../src/tunnels/config/dialect/ini-layout.ts";
import { fc } from "../../../rig/properties.ts";

const piece = fc.constantFrom(
  ...'[a] [B] k key - = : = \n \n \r\n \\\n \\ # ; ` " \' """ %(k)s $K \u0085 1 v'.split(" "),
  " ",
  "k = v\n",
  "K: 'v' # x\n",
  "\n`l` = `v\n`\n",
  "\nm = v\\\n w\n",
  "[s]\n",
);
const texts = fc.array(piece, { maxLength: 40 }).map((pieces) => pieces.join(""));

function keysOf(text: string): readonly LaidKey[] | undefined {
  try {
    return layOut(text, "a.conf").flatMap(({ parts }) => parts.filter((part) => typeof part !== "string"));
  } catch (error) {
    if (error instanceof Failure) return undefined;
    throw error;
  }
}

test("any config comes together again as it was", () => {
  fc.assert(
    fc.property(texts, (text) => {
      if (keysOf(text) === undefined) return;
      expect(writeOut(layOut(text, "a.conf"))).toBe(text);
    }),
    { numRuns: 5_000 },
  );
});

test("any value can be replaced, and nothing else is then read otherwise or on another line", () => {
  let replaced = 0;
  const values = fc.oneof(
    fc.constant("127.0.0.1:1"),
    fc.string({ maxLength: 8 }).filter((text) => !/%\(/.test(text)),
  );
  fc.assert(
    fc.property(texts, fc.nat(), values, (text, choice, value) => {
      const keys = keysOf(text.replaceAll("%(", "("));
      const key = keys?.[choice % keys.length];
      if (keys === undefined || key === undefined) return;
      const rewritten = rewriteValue(key, value);
      if (rewritten === undefined) return;
      replaced += 1;
      const sections = layOut(text.replaceAll("%(", "("), "a.conf").map((section) => ({
        ...section,
        parts: section.parts.map((part) => (typeof part !== "string" && part.line === key.line ? rewritten : part)),
      }));
      const read = parseIni(writeOut(sections), "a.conf").flatMap((section) =>
        section.keys.map(({ isCutShort: _, ...key }) => key),
      );
      expect(read).toEqual(
        keys.map(({ name, value: old, line, duplicateOf }) => ({
          name,
          value: line === key.line ? value : old,
          line,
          ...(duplicateOf === undefined ? {} : { duplicateOf }),
        })),
      );
    }),
    { numRuns: 5_000 },
  );
  expect(replaced).toBeGreaterThan(500);
});

test("a value that the dialect cannot say is refused", () => {
  const [key] = keysOf("k = v\n") ?? [];
  if (key === undefined) throw new Error("there is no key");
  expect(rewriteValue(key, 'a"""`\n;')).toBeUndefined();
  expect(rewriteValue(key, "a`b;")?.written).toBe("`a`b;`");
});
