import { expect, test } from "bun:test";
import { readSteps } from "./console.ts";
import { matches } from "./normalize.ts";

test("numbers of processes, times, durations, sizes and widths of columns may differ from what a page shows", () => {
  expect(matches("running, process 7385, up 11s, 24.0 MB", "running, process 12, up 2m 3s, 8.5 MB\n")).toBe(true);
  expect(matches('{"pid":7385,"at":"2026-11-21T16:00:29.226Z"}', '{"pid":1,"at":"2027-01-01T00:00:00Z"}')).toBe(true);
  expect(matches("NAME  STATE\nus-east  up", "NAME     STATE\nus-east  up")).toBe(true);
});

test("a word, a port or a line that differs from what a page shows is a difference", () => {
  expect(matches("us-east  running", "us-east  failed")).toBe(false);
  expect(matches("127.0.0.1:25344", "127.0.0.1:25345")).toBe(false);
  expect(matches("one", "one\ntwo")).toBe(false);
  expect(matches("one\ntwo", "one")).toBe(false);
});

test("an ellipsis stands for the rest of a line, or alone for any number of lines", () => {
  expect(matches("log …", "log /home/me/daemon.log")).toBe(true);
  expect(matches("first\n…\nlast", "first\nlast")).toBe(true);
  expect(matches("first\n…\nlast", "first\na\nb\nlast")).toBe(true);
  expect(matches("first\n…\nlast", "first\na\nb")).toBe(false);
});

test("a console block is a list of commands, each with its place, its continuations and its output", () => {
  expect(readSteps("$ one \\\n  more\nprinted\noutside$ two")).toEqual([
    { place: "here", command: "one \\\n  more", shown: "printed" },
    { place: "outside", command: "two", shown: "" },
  ]);
  expect(() => readSteps("printed by nobody")).toThrow("begins with a prompt");
});
