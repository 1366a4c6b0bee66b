import { expect, test } from "bun:test";
import { parseLine } from "../../../src/api/line/command.ts";

const parse = (line: string) => parseLine(new TextEncoder().encode(line));

test.each([
  ["state:", { name: "state", surplus: 0 }],
  ["spin_down:", { name: "spin_down", surplus: 0 }],
  ["available_confs:", { name: "available_confs", surplus: 0 }],
  ["whoami:", { name: "whoami", surplus: 0 }],
  ["spin_up:us-east", { name: "spin_up", config: "us-east", surplus: 0 }],
] as const)("the command %j is known", (line, command) => {
  expect(parse(line)).toEqual({ command });
});

test.each(["state:\r", " state:", "state :", "\t state \t: \r", "\v\fstate:"])(
  "a CR before the LF and blanks around the command do not matter: %j",
  (line) => {
    expect(parse(line)).toEqual({ command: { name: "state", surplus: 0 } });
  },
);

test.each(["spin_up: us ", "spin_up:\tus\t\r", "spin_up:,us", "spin_up: , ,us,,"])(
  "blanks around an argument and empty arguments are dropped: %j",
  (line) => {
    expect(parse(line)).toEqual({ command: { name: "spin_up", config: "us", surplus: 0 } });
  },
);

test("blanks within an argument stay, and so does a second colon", () => {
  expect(parse("spin_up:us east:1")).toEqual({ command: { name: "spin_up", config: "us east:1", surplus: 0 } });
});

test("only ASCII blanks are dropped: a name may begin with any other character", () => {
  expect(parse("spin_up:\u00a0us\u3000")).toEqual({
    command: { name: "spin_up", config: "\u00a0us\u3000", surplus: 0 },
  });
  expect(parse("\ufeffstate:")).toEqual({ name: "\ufeffstate", error: "Unknown command: \ufeffstate" });
});

test.each(["STATE:", "State:", "Spin_Up:us"])("letter case matters: %j", (line) => {
  const name = line.split(":", 1)[0];
  expect(parse(line)).toEqual({ name: String(name), error: `Unknown command: ${name}` });
});

test.each(["state", "", "\r", " ", "spin_up us"])("a line without a colon is an error: %j", (line) => {
  expect(parse(line)).toEqual({ name: "unknown", error: "Parsing error: colon not found" });
});

test.each([[[0xff, 0xfe, 0x3a]], [[0x73, 0x3a, 0xc3]], [[0xed, 0xa0, 0x80, 0x3a]], [[0xc0, 0xba]]])(
  "bytes that are no UTF-8 are an error: %j",
  (bytes) => {
    expect(parseLine(new Uint8Array(bytes))).toEqual({ name: "unknown", error: "Parsing error: invalid UTF-8" });
  },
);

test("an unknown command is named, a lone colon is one without a name", () => {
  expect(parse("spin:us")).toEqual({ name: "spin", error: "Unknown command: spin" });
  expect(parse(":")).toEqual({ name: "", error: "Unknown command: " });
  expect(parse("toString:")).toEqual({ name: "toString", error: "Unknown command: toString" });
});

test.each(["spin_up:", "spin_up: ,", "spin_up:,,\r"])("spin_up without a name is an error: %j", (line) => {
  expect(parse(line)).toEqual({ name: "spin_up", error: "Not enough args: spin_up requires config name" });
});

test("surplus arguments are counted and ignored", () => {
  expect(parse("spin_up:a,b,,c")).toEqual({ command: { name: "spin_up", config: "a", surplus: 2 } });
  expect(parse("state:x, y")).toEqual({ command: { name: "state", surplus: 2 } });
});
