import { expect, test } from "bun:test";
import { parseIni } from "../../../../src/tunnels/config/dialect/ini.ts";
import { reportUnknown, type Vocabulary } from "../../../../src/tunnels/config/dialect/known-keys.ts";

test("a file of nothing but unknown keys and sections has 200 complaints, and nobody guesses what the others meant", () => {
  let described = 0;
  const describe = () => {
    described += 1;
    return { message: "unknown", hint: "remove it" };
  };
  const vocabulary: Vocabulary = {
    sections: { Interface: ["PrivateKey", "Address"] },
    secretKeys: [],
    severity: "warning",
    unknownSection: describe,
    unknownKey: describe,
  };
  const keys = Array.from({ length: 8_000 }, (_, index) => `Addres${index} = 1\n`).join("");
  const sections = Array.from({ length: 1_000 }, (_, index) => `[Interfac${index}]\n`).join("");
  let reported = 0;
  reportUnknown(parseIni(`[Interface]\n${keys}${sections}`, "a.conf"), vocabulary, () => {
    reported += 1;
  });
  expect([described, reported]).toEqual([200, 200]);
});
