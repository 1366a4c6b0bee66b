import { describe, expect, test } from "bun:test";
import type { Flag } from "../../src/cli/parse-flags.ts";
import { parseFlags } from "../../src/cli/parse-flags.ts";
import { failureOf } from "../rig/rejection.ts";

const FLAGS = [
  { name: "socks-port", short: "p", value: "PORT", meaning: "" },
  { name: "reverse", short: "r", kind: "switch", meaning: "" },
  { name: "fast-open", short: "f", kind: "switch", meaning: "" },
  { name: "debug", short: "d", kind: "count", meaning: "" },
  { name: "header", kind: "list", value: "HEADER", meaning: "" },
] as const satisfies readonly Flag[];

describe("a flag as pflag reads it", () => {
  test.each([
    ["--socks-port 9870", { "socks-port": ["9870"] }],
    ["--socks-port=9870", { "socks-port": ["9870"] }],
    ["--socks-port=a=b", { "socks-port": ["a=b"] }],
    ["-p 9870", { "socks-port": ["9870"] }],
    ["-p9870", { "socks-port": ["9870"] }],
    ["-p=9870", { "socks-port": ["9870"] }],
    ["-p -1", { "socks-port": ["-1"] }],
    ["-p --reverse", { "socks-port": ["--reverse"] }],
    ["-p 1 --socks-port 2", { "socks-port": ["1", "2"] }],
    ["-dd", { debug: ["true", "true"] }],
    ["-d --debug=2", { debug: ["true", "2"] }],
    ["-rf", { reverse: ["true"], "fast-open": ["true"] }],
    ["-rfp 1", { reverse: ["true"], "fast-open": ["true"], "socks-port": ["1"] }],
    ["-rp1", { reverse: ["true"], "socks-port": ["1"] }],
    ["--fast-open=false", { "fast-open": ["false"] }],
    ["-f=false", { "fast-open": ["false"] }],
    ["-rf=false", { reverse: ["true"], "fast-open": ["false"] }],
    ["--header a --header b", { header: ["a", "b"] }],
  ])("a flag as pflag reads it: %s", (line, given) => {
    const parsed = parseFlags("wpdaemon linksocks test", FLAGS, line.split(" "));
    expect([Object.fromEntries(parsed.given), parsed.further]).toEqual([given, []]);
  });
});

test("a switch takes no word behind it, and -- ends the flags", () => {
  const { given, further } = parseFlags("wpdaemon linksocks test", FLAGS, ["-r", "false", "-", "--", "-f"]);
  expect([[...given.keys()], further]).toEqual([["reverse"], ["false", "-", "-f"]]);
});

test.each(["--help", "-h", "-rh", "-p 1 --help"])("%s asks for help", (line) => {
  const { given, asksForHelp } = parseFlags("wpdaemon linksocks test", FLAGS, line.split(" "));
  expect([asksForHelp, given.has("help")]).toEqual([true, false]);
});

test("--help as a value, or behind --, asks for none", () => {
  expect(parseFlags("wpdaemon linksocks test", FLAGS, ["-p", "--help", "--", "-h"]).asksForHelp).toBe(false);
});

test.each([
  ["--socks-prt=1", 'unknown option "--socks-prt"', 'did you mean "--socks-port"?'],
  ["--frobnicate", 'unknown option "--frobnicate"', "wpdaemon linksocks test --help lists the options"],
  ["-P", 'unknown option "-P"', 'did you mean "-p"?'],
  ["-rz", 'unknown option "-z"', "wpdaemon linksocks test --help lists the options"],
  ["-f=", 'unknown option "-="', "wpdaemon linksocks test --help lists the options"],
  ["-p", "-p needs a value", "-p PORT"],
  ["--header", "--header needs a value", "--header HEADER"],
])("a flag that is unknown or lacks its value is refused: %s", (word, message, hint) => {
  const failure = failureOf(() => parseFlags("wpdaemon linksocks test", FLAGS, [word]));
  expect([failure.code, failure.message, failure.hint]).toEqual(["usage", message, hint]);
});
