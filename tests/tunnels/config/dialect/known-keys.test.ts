import { expect, test } from "bun:test";
import { parseIni } from "../../../../src/tunnels/config/dialect/ini.ts";
import { reportUnknown, type Vocabulary } from "../../../../src/tunnels/config/dialect/known-keys.ts";

test("of a file of nothing but unknown keys and sections, nobody looks what more than 200 meant", () => {
  let guessed = 0;
  const describe = (...given: readonly (string | undefined)[]) => {
    if (given.at(-1) !== undefined) guessed += 1;
    return { message: "unknown", hint: "remove it" };
  };
  const vocabulary: Vocabulary = {
    sections: { "": [], Interface: ["PrivateKey", "Address"] },
    secretKeys: [],
    severity: "warning",
    unknownSection: (name, near) => describe(name, near),
    unknownKey: (name, section, near) => describe(name, section, near),
  };
  const keys = Array.from({ length: 8_000 }, (_, index) => `Addres${index % 10} = 1\n`).join("");
  const sections = Array.from({ length: 1_000 }, (_, index) => `[Interfac${index}]\n`).join("");
  let reported = 0;
  reportUnknown(parseIni(`[Interface]\n${keys}${sections}`, "a.conf"), vocabulary, () => {
    reported += 1;
  });
  expect([guessed, reported]).toEqual([200, 9_000]);
});
