import { describe, expect, test } from "bun:test";
import { readFlagValues } from "../../../../src/cli/linksocks/flags/flag-values.ts";
import type { Flag } from "../../../../src/cli/parse-flags.ts";
import { parseFlags } from "../../../../src/cli/parse-flags.ts";
import type { Environment } from "../../../../src/platform/environment.ts";
import { failureOf } from "../../../rig/rejection.ts";

const FLAGS = [
  { name: "host", fallback: "127.0.0.1", variable: "HOST", meaning: "" },
  { name: "port", short: "p", fallback: "9870", variable: "PORT", meaning: "" },
  { name: "mode", fallback: "auto", choices: ["auto", "never"], meaning: "" },
  { name: "wait", fallback: "5s", meaning: "" },
  { name: "fast", kind: "switch", variable: "FAST", meaning: "" },
  { name: "debug", short: "d", kind: "count", meaning: "" },
] as const satisfies readonly Flag[];

function read(line: string, environment: Environment = {}) {
  return readFlagValues(FLAGS, parseFlags("linksocks test", FLAGS, line.split(" ").filter(Boolean)), environment);
}

describe("host and port come from", () => {
  test.each([
    ["", {}, ["127.0.0.1", 9_870]],
    ["", { HOST: "0.0.0.0", PORT: "1080" }, ["0.0.0.0", 1_080]],
    ["", { HOST: "0.0.0.0" }, ["0.0.0.0", 9_870]],
    ["", { PORT: "1080" }, ["127.0.0.1", 1_080]],
    ["", { HOST: " ", PORT: "" }, ["127.0.0.1", 9_870]],
    ["--host h -p 1", { HOST: "0.0.0.0", PORT: "1080" }, ["h", 1]],
    ["--host h", { HOST: "0.0.0.0", PORT: " 1080 " }, ["h", 1_080]],
    ["-p 1", { HOST: "  alice  ", PORT: "1080" }, ["alice", 1]],
    ["-p 1 -p 2", { PORT: "bad" }, ["127.0.0.1", 2]],
  ])("a flag beats its variable, which beats the default: %s and %j", (line, environment, expected) => {
    const values = read(line, environment);
    expect([values.text("host"), values.port("port")]).toEqual(expected);
  });
});

describe("a switch", () => {
  test.each([
    ["", {}, false],
    ["--fast", {}, true],
    ["--fast=F", {}, false],
    ["", { FAST: "true" }, true],
    ["", { FAST: "false" }, false],
    ["", { FAST: " " }, false],
    ["--fast", { FAST: "false" }, true],
    ["--fast=false", { FAST: "true" }, false],
  ])("a switch is read from flag and variable: %s and %j", (line, environment, expected) =>
    expect(read(line, environment).isOn("fast")).toBe(expected),
  );
});

test.each([
  ["", 0],
  ["-d", 1],
  ["-dd", 2],
  ["--debug=2", 2],
  ["-d -d --debug", 3],
])("a count flag given as %j counts %d", (line, count) => expect(read(line).count("debug")).toBe(count));

test("a flag that stands in the environment alone is not given", () => {
  expect([read("-p 1").isGiven("port"), read("", { PORT: "1" }).isGiven("port")]).toEqual([true, false]);
});

describe("refused, with the name of whoever gave it:", () => {
  test.each([
    ["", { PORT: "bad-port" }, 'invalid PORT: "bad-port"'],
    ["-p 65536", {}, 'invalid --port: "65536"'],
    ["-p -1", {}, 'invalid --port: "-1"'],
    ["", { FAST: "maybe" }, 'invalid FAST: "maybe"'],
    ["--fast=maybe", {}, 'invalid --fast: "maybe"'],
    ["--fast=", {}, 'invalid --fast: ""'],
    ["--mode ever", {}, 'invalid --mode: "ever"'],
    ["--wait 5", {}, 'invalid --wait: "5"'],
    ["--debug=x", {}, 'invalid --debug: "x"'],
  ])("a value is refused with the name of whoever gave it: %s and %j", (line, environment, message) => {
    const values = read(line, environment);
    const failure = failureOf(() => {
      values.port("port");
      values.isOn("fast");
      values.text("mode");
      values.duration("wait");
      values.count("debug");
    });
    expect([failure.code, failure.message]).toEqual(["usage", message]);
    expect(failure.hint).toBeString();
  });
});
