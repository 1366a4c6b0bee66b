import { expect, test } from "bun:test";
import { editDistance, nearestWord } from "../../src/platform/nearest-word.ts";

test.each([
  ["", "", 0],
  ["abc", "abc", 0],
  ["abc", "", 3],
  ["", "abc", 3],
  ["kitten", "sitting", 3],
  ["post", "port", 1],
  ["prot", "port", 1],
  ["ort", "port", 1],
  ["pport", "port", 1],
  ["PORT", "port", 0],
  ["ca", "abc", 3],
])("from %j to %j it takes %d steps, and as many back", (one, other, steps) => {
  expect([editDistance(one, other), editDistance(other, one)]).toEqual([steps, steps]);
});

const KNOWN = ["status", "up", "down", "config add", "config remove"];

test.each([
  ["statsu", "status"],
  ["sttus", "status"],
  ["Status", "status"],
  ["dwon", "down"],
  ["p", "up"],
  ["conifg add", "config add"],
])("%j was probably meant to be %j", (word, meant) => {
  expect(nearestWord(word, KNOWN)).toBe(meant);
});

test.each(["", "x", "restart", "frobnicate", "abcdefgh"])("%j is near to none", (word) => {
  expect(
    nearestWord(
      word,
      KNOWN.filter((known) => known !== "up"),
    ),
  ).toBeUndefined();
});

test("among several the nearest one is given, and none where there are none", () => {
  expect(nearestWord("port", ["sport", "port", "post"])).toBe("port");
  expect(nearestWord("port", [])).toBeUndefined();
});
