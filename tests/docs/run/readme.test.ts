import { expect, test } from "bun:test";
import { readPage } from "../read-page.ts";
import { runPages } from "./run-pages.ts";

test("README.md is short enough to be read: 10 kB at most", () => {
  expect(Buffer.byteLength(readPage("README.md").text)).toBeLessThanOrEqual(10_000);
});

test("README.md names the command that runs all tests", () => {
  expect(readPage("README.md").text).toContain("make test");
});

test("no quick start of README.md is longer than 12 lines", () => {
  const long = readPage("README.md").blocks.filter(({ text }) => text.split("\n").length > 12);
  expect(long.map(({ line }) => line)).toEqual([]);
});

runPages(["README.md"]);
