import { expect, test } from "bun:test";
import { escapeControls, toPlainText } from "../../src/platform/plain-text.ts";

test.each([
  ["\n", "\\n"],
  ["\r", "\\r"],
  ["\t", "\\t"],
  ["\u0000", "\\u0000"],
  ["\u0007", "\\u0007"],
  ["\u001b", "\\u001b"],
  ["\u007f", "\\u007f"],
  ["\u0085", "\\u0085"],
  ["\u009b", "\\u009b"],
  ["\u2028", "\\u2028"],
  ["\u2029", "\\u2029"],
  ["\u202e", "\\u202e"],
  ["\u2066", "\\u2066"],
  ["zürich 東京 😀 \\", "zürich 東京 😀 \\"],
])("escapeControls %j gives %j", (text, escaped) => {
  expect(escapeControls(text)).toBe(escaped);
});

test("a text for a terminal keeps its lines and tabs, and nothing else that moves or turns it", () => {
  expect(toPlainText("a\tb\nc\r\u001b[2J\u009b1m\u202e")).toBe("a\tb\nc\\r\\u001b[2J\\u009b1m\\u202e");
});

test("a JSON document that is made plain is the same document", () => {
  const document = { words: "\u001b]0;x\u0007 \u009b31m \u202e \u2028" };
  expect(JSON.parse(toPlainText(JSON.stringify(document)))).toEqual(document);
});
