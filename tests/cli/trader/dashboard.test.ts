import { expect, test } from "bun:test";
import { readKeys } from "../../../src/cli/trader/dashboard.ts";

test.each([
  ["1", [{ kind: "tab", tab: 1 }]],
  ["8q", [{ kind: "tab", tab: 8 }, { kind: "quit" }]],
  ["iO", [{ kind: "clock-in" }, { kind: "clock-out" }]],
  ["\u0003", [{ kind: "quit" }]],
  ["9 0x", []],
  // Arrow up, Home, F1, F5, Alt-q, a lone Escape: none of them is the digit or letter within.
  ["\u001b[A\u001b[1~\u001bOQ\u001b[15~\u001bq\u001b", []],
  ["\u001b[1;5C2", [{ kind: "tab", tab: 2 }]],
])("the keys of %j are read", (input, keys) => expect<unknown>(readKeys(input)).toEqual(keys));
