import { expect, test } from "bun:test";
import { join } from "node:path";
import { until } from "../../rig/until.ts";

const ROLE = join(import.meta.dir, "signalled-role.ts");

test.each(["SIGTERM", "SIGINT"] as const)("%s stops a role, and the process ends with 0", async (signal) => {
  await using role = await startRole("cleanly");
  role.process.kill(signal);
  expect(await role.process.exited).toBe(0);
  expect(role.output()).toBe(`ready\ninfo ${signal}: stopping\nstopped\n`);
});

test("a second signal ends a stop that hangs, with 1", async () => {
  await using role = await startRole("hanging");
  role.process.kill("SIGINT");
  await until("the stop", () => role.output().includes("stopping"));
  role.process.kill("SIGTERM");
  expect(await role.process.exited).toBe(1);
});

async function startRole(how: string) {
  const child = Bun.spawn([process.execPath, ROLE, how], { stdin: "ignore", stdout: "pipe", stderr: "inherit" });
  let output = "";
  const reading = (async () => {
    for await (const chunk of child.stdout.pipeThrough(new TextDecoderStream())) output += chunk;
  })();
  await until("its start", () => output.includes("ready"));
  return {
    process: child,
    output: () => output,
    async [Symbol.asyncDispose]() {
      child.kill("SIGKILL");
      await child.exited;
      await reading;
    },
  };
}
