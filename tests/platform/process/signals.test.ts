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

const REPLACE = join(import.meta.dir, "../../../src/platform/process/replace-process.ts");

test.skipIf(process.platform !== "linux").each(["SIGTERM", "SIGINT", "SIGHUP", "SIGUSR1"])(
  "%s that any thread takes while a program becomes another one is heard by that one, which has the mask of file modes",
  async (name) => {
    const next = `
      import { handleSignal, takeHeldSignals } from ${JSON.stringify(FILE)};
      handleSignal("${name}", () => { console.log("heard", process.umask()); process.exit(); });
      takeHeldSignals(process.env);
      setTimeout(() => undefined, 60_000);
    `;
    const script = `
      import { handleSignal, holdSignals } from ${JSON.stringify(FILE)};
      import { replaceKeepingDescriptors } from ${JSON.stringify(REPLACE)};
      process.umask(0o027);
      handleSignal("${name}", () => console.log("heard too early"));
      const { environment } = holdSignals();
      process.kill(process.pid, "${name}");
      Bun.sleepSync(20);
      const words = [process.execPath, "-e", ${JSON.stringify(next)}];
      replaceKeepingDescriptors(process.execPath, words, { ...process.env, ...environment });
    `;
    expect(await run([process.execPath, "-e", script])).toEqual([`heard ${0o027}`]);
  },
);

test.skipIf(process.platform !== "linux")("a program that becomes no other one hears what came meanwhile", async () => {
  const script = `
    import { handleSignal, holdSignals } from ${JSON.stringify(FILE)};
    handleSignal("SIGTERM", () => { console.log("heard", process.umask()); process.exit(); });
    process.umask(0o002);
    const held = holdSignals();
    process.kill(process.pid, "SIGTERM");
    Bun.sleepSync(20);
    held.release();
    setTimeout(() => undefined, 60_000);
  `;
  expect(await run([process.execPath, "-e", script])).toEqual(["heard 2"]);
});

async function run(command: readonly string[], environment: Readonly<Record<string, string>> = {}) {
  const child = Bun.spawn([...command], { stdout: "pipe", env: { ...process.env, ...environment } });
  return (await child.stdout.text()).trim().split("\n");
}
