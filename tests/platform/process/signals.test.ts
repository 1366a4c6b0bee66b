import { expect, test } from "bun:test";
import { join } from "node:path";

const FILE = join(import.meta.dir, "../../../src/platform/process/signals.ts");
const SCRIPT = `
  import { handleSignal, listIgnoredSignals } from ${JSON.stringify(FILE)};
  handleSignal("SIGHUP", () => console.log("hang-up"));
  handleSignal("SIGUSR2", () => console.log("user"));
  process.kill(process.pid, "SIGHUP");
  process.kill(process.pid, "SIGUSR2");
  await Bun.sleep(0);
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
  console.log(JSON.stringify(listIgnoredSignals()));
`;

test("a signal is handled", async () => {
  expect(await run([process.execPath, "-e", SCRIPT])).toEqual(["hang-up", "user", "{}"]);
});

test("a signal that was ignored at the start stays ignored, and a successor can be told", async () => {
  const command = ["sh", "-c", 'trap "" HUP; exec "$@"', "sh", process.execPath, "-e", SCRIPT];
  expect(await run(command)).toEqual(["user", '{"WPDAEMON_IGNORED_SIGNALS":"SIGHUP"}']);
});

test("a successor ignores what the one before ignored", async () => {
  const environment = { WPDAEMON_IGNORED_SIGNALS: "SIGHUP" };
  expect((await run([process.execPath, "-e", SCRIPT], environment))[0]).toBe("user");
});

async function run(command: readonly string[], environment: Readonly<Record<string, string>> = {}) {
  const child = Bun.spawn([...command], { stdout: "pipe", env: { ...process.env, ...environment } });
  return (await child.stdout.text()).trim().split("\n");
}
