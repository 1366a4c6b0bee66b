import { describe, expect, test } from "bun:test";
import { defineVerb } from "../../src/cli/verb.ts";
import { Failure } from "../../src/platform/failure.ts";
import { rejectionOf } from "../rig/rejection.ts";

test("a verb gets its positional and its options, whatever their order and spelling", async () => {
  for (const words of [
    ["us", "--port", "1", "--json"],
    ["--json", "-p", "1", "us"],
    ["--port=1", "us", "--json"],
  ]) {
    const { verb, runs } = create();
    await verb.run(words);
    expect(runs).toEqual([{ name: "us", port: "1", json: true }]);
  }
});

test("an option that is not given has its default", async () => {
  const { verb, runs } = create();
  await verb.run(["us"]);
  expect(runs).toEqual([{ name: "us", port: undefined, json: false }]);
});

describe("a usage that is wrong", () => {
  test.each([
    ["--prot", "--port"],
    ["--prot=1", "--port"],
    ["--jsn", "--json"],
    ["--Json", "--json"],
  ])("%j is unknown, and the nearest option is named", async (word, near) => {
    const { verb, runs } = create();
    const failure = await rejectionOf(verb.run(["us", word]));
    expect([failure.code, failure.message, failure.hint]).toEqual([
      "usage",
      `unknown option "${word.split("=")[0]}"`,
      `did you mean "${near}"?`,
    ]);
    expect(runs).toEqual([]);
  });

  test.each(["--frobnicate", "--x=y"])(
    "the hint leads to the help for %j, which is near to no option",
    async (word) => {
      const { verb } = create();
      const failure = await rejectionOf(verb.run(["us", word]));
      expect(failure.hint).toBe("wpdaemon test it --help lists the options");
    },
  );

  test.each(["--port", "--port="])(
    "an option whose value is empty is told with what belongs there: %s",
    async (word) => {
      const { verb, runs } = create();
      const failure = await rejectionOf(verb.run(["us", word]));
      expect([failure.code, failure.message, runs]).toEqual(["usage", "--port needs a value", []]);
      expect(failure.hint).toStartWith("write --port ");
    },
  );

  test("a positional that is missing is a Failure that names it, and the verb does not run", async () => {
    const { verb, runs } = create();
    const failure = await rejectionOf(verb.run([]));
    expect([failure.code, failure.hint]).toEqual(["usage", "wpdaemon test it --help explains it"]);
    expect(failure.message).toContain("NAME");
    expect(runs).toEqual([]);
  });
});

test("a word too many is told, unless the verb takes several", async () => {
  const { verb, runs } = create();
  const failure = await rejectionOf(verb.run(["us", "eu"]));
  expect([failure.code, failure.message]).toEqual(["usage", '"eu" is one word too many for "wpdaemon test it"']);
  expect(runs).toEqual([]);
  const several = defineVerb({
    name: "all",
    summary: "Takes all",
    several: true,
    args: {},
    run: ({ args }) => void runs.push(args._),
  });
  await several.run(["us", "eu"]);
  expect(runs).toEqual([["us", "eu"]]);
});

test("what follows -- is no option, however it looks", async () => {
  const { verb, runs } = create();
  await verb.run(["--json", "--", "--odd-name"]);
  expect(runs).toEqual([{ name: "--odd-name", port: undefined, json: true }]);
});

test("a command rejects with what it throws", async () => {
  const { verb } = create(() => {
    throw new Failure("stop-failed", "it hangs");
  });
  expect((await rejectionOf(verb.run(["us"]))).code).toBe("stop-failed");
  const broken = create(() => {
    throw new Error("a fault of ours");
  });
  await expect(broken.verb.run(["us"])).rejects.toThrow("a fault of ours");
});

test("a value may stand directly behind the letter of its option", async () => {
  const { verb, runs } = create();
  await verb.run(["us", "-p1"]);
  expect(runs).toEqual([{ name: "us", port: "1", json: false }]);
});

test("an option that denies has its own name, and is known by it", async () => {
  const runs: unknown[] = [];
  const verb = defineVerb({
    name: "begin",
    summary: "Begins",
    args: { start: { type: "boolean", negativeDescription: "Do not start", default: true } },
    run: ({ args }) => void runs.push(args.start),
  });
  expect(verb.options.map(({ name, description }) => [name, description])).toEqual([["no-start", "Do not start"]]);
  await verb.run([]);
  await verb.run(["--no-start"]);
  expect(runs).toEqual([true, false]);
});

/** A verb that notes what it was called with. */
function create(act: () => unknown = () => undefined) {
  const runs: unknown[] = [];
  const verb = defineVerb({
    name: "test it",
    summary: "Tests it",
    args: {
      name: { type: "positional", description: "A name", required: true },
      port: { type: "string", alias: "p", description: "A port" },
      json: { type: "boolean", description: "As JSON", default: false },
    },
    run({ args: { name, port, json } }) {
      runs.push({ name, port, json });
      act();
    },
  });
  return { verb, runs };
}
