import { expect, test } from "bun:test";
import { quoteCommand, quoteWord } from "../../../src/platform/service/systemd-quoting.ts";
import { failureOf } from "../../rig/rejection.ts";

test.each([
  ["/home/me/.argus", "/home/me/.argus"],
  ["BUN_X=0.5", "BUN_X=0.5"],
  ["", '""'],
  ["a b", '"a b"'],
  ["100%", "100%%"],
  ["%h %n", '"%%h %%n"'],
  ['say "hi"', '"say \\"hi\\""'],
  ["it's", '"it\'s"'],
  ["back\\slash", '"back\\\\slash"'],
  ["#no comment", '"#no comment"'],
  [";", '";"'],
  ["/home/zoë", '"/home/zoë"'],
])("the word %j is written %s", (word, written) => {
  expect(quoteWord(word)).toBe(written);
});

test("variables in a command are not expanded, and a command without any needs no new systemd", () => {
  expect(quoteCommand(["/opt/$x/wpdaemon", "--home", "/a/$HOME"])).toBe(':"/opt/$x/wpdaemon" --home "/a/$HOME"');
  expect(quoteCommand(["/opt/wpdaemon", "$"])).toBe(':/opt/wpdaemon "$"');
  expect(quoteCommand(["/opt/wpdaemon", "--daemon"])).toBe("/opt/wpdaemon --daemon");
});

test.each(['/opt/a"b/wpdaemon', "/opt/it's/wpdaemon", "/opt/a\\b/wpdaemon"])("systemd cannot run %j", (program) => {
  const failure = failureOf(() => quoteCommand([program, "--daemon"]));
  expect([failure.code, failure.message.includes(program)]).toEqual(["usage", true]);
});
