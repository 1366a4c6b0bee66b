import { expect, test } from "bun:test";
import { writeVariables } from "../../../../src/cli/verbs/tunnels/env.ts";

const VARIABLES = { HTTP_PROXY: "http://a:it's%20@127.0.0.1:1", NO_PROXY: "a\\b,$(touch /tmp/x)" };

test("bash takes over the variables as they are, whatever stands in them", () => {
  const script = `${writeVariables(VARIABLES, "bash")}\nprintf '%s\\n' "$HTTP_PROXY" "$NO_PROXY"`;
  const { stdout } = Bun.spawnSync(["sh", "-c", `eval "$1"`, "sh", script]);
  expect(String(stdout)).toBe(`${VARIABLES.HTTP_PROXY}\n${VARIABLES.NO_PROXY}\n`);
});

test("for fish, backslashes and apostrophes are escaped within single quotes", () => {
  expect(writeVariables(VARIABLES, "fish").split("\n")).toEqual([
    "set -gx HTTP_PROXY 'http://a:it\\'s%20@127.0.0.1:1'",
    "set -gx NO_PROXY 'a\\\\b,$(touch /tmp/x)'",
  ]);
});
