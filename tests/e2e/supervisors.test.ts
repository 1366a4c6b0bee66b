import { expect, test } from "bun:test";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as v from "valibot";
import { callWpdaemon } from "../rig/command-line.ts";
import { EXECUTABLE } from "../rig/daemon-process.ts";
import { freePort } from "../rig/free-port.ts";
import { ask } from "../rig/line-client.ts";
import { lacksProgram, MAY_SKIP } from "../rig/needs-program.ts";
import { findProcesses, isAlive } from "../rig/processes.ts";
import { STAND_IN } from "../rig/programs.ts";
import { SUPERVISORS } from "../rig/supervisors.ts";
import { temporaryFolder } from "../rig/temporary-folder.ts";
import { openTunnelScene } from "../rig/tunnel-scene.ts";
import { until } from "../rig/until.ts";

const { makeConfig } = openTunnelScene();

for (const { name, needs, start } of SUPERVISORS) {
  const here = test.skipIf(process.platform !== "linux" || needs.some((program) => lacksProgram(program)));

  here(
    `under ${name} an upgrade keeps its process, a death is made good with the tunnels up, and a stop ends all`,
    async () => {
      using home = makeHome();
      const supervised = await start(home.make("supervisor"), home.command, home.environment);
      try {
        const pid = await until("it runs", supervised.pid);
        await until("it serves", async () => (await home.ask("whoami:")).error === null);
        expect((await home.ask("spin_up:us-east")).error).toBeNull();
        const children = findProcesses(home.config);
        const before = await home.identity();

        expect(await callWpdaemon(home.path, ["restart"])).toMatchObject({ code: 0, complaint: "" });
        const upgraded = await home.identity();
        expect([upgraded.pid, upgraded.instanceId === before.instanceId]).toEqual([pid, false]);
        expect(await supervised.pid()).toBe(pid);

        process.kill(pid, "SIGKILL");
        const next = await until("it is started again", async () => {
          const found = await supervised.pid();
          return found === pid || found === undefined ? undefined : found;
        });
        await until("it serves again", async () => (await home.ask("state:")).result?.["running"] === true);
        expect([(await home.identity()).pid, findProcesses(home.config)]).toEqual([next, children]);

        await supervised.stop();
        await until("it is down, and its tunnels too", () => !isAlive(next) && findProcesses(home.config).length === 0);
        expect(await supervised.pid()).toBeUndefined();
      } finally {
        await supervised[Symbol.asyncDispose]();
      }
    },
  );
}

const NAMESPACE = ["unshare", ...(process.getuid?.() === 0 ? [] : ["-r"]), "-pf", "--mount-proc", "--kill-child"];
const hasNamespaces = process.platform === "linux" && canUnshare();

test.skipIf(!hasNamespaces && MAY_SKIP)(
  "as process 1 of a container an upgrade keeps the container, orphans of strangers are reaped, and SIGTERM ends it with 0",
  async () => {
    using home = makeHome();
    // A stranger in the same container, whose child outlives it.
    const orphan = `(sleep 0.2 & sleep 0) & exec "$@"`;
    const container = Bun.spawn([...NAMESPACE, "sh", "-c", orphan, "sh", ...home.command], {
      stdio: ["ignore", "ignore", "inherit"],
      env: home.environment,
    });
    await until("it serves", async () => (await home.ask("whoami:")).error === null);
    expect((await home.ask("spin_up:us-east")).error).toBeNull();
    const children = findProcesses(home.config);
    // Other tests have daemons, too.
    const ofThisHome = findProcesses(home.path);
    const [outside = 0] = findProcesses(`${EXECUTABLE}\0--daemon`).filter(
      (pid) => pid !== container.pid && ofThisHome.includes(pid),
    );
    for (let upgrade = 0; upgrade < 2; upgrade++) {
      expect(await callWpdaemon(home.path, ["restart"])).toMatchObject({ code: 0, complaint: "" });
    }
    expect([(await home.identity()).pid, findProcesses(home.config)]).toEqual([1, children]);
    await until("nothing dead is left", () => listZombiesOf(outside).length === 0);
    process.kill(outside, "SIGTERM");
    expect(await container.exited).toBe(0);
    expect(findProcesses(home.config)).toEqual([]);
  },
);

function canUnshare(): boolean {
  return Bun.which("unshare") !== null && Bun.spawnSync([...NAMESPACE, "true"]).success;
}

function listZombiesOf(parent: number): readonly string[] {
  const listed = Bun.spawnSync(["ps", "-o", "pid=,stat=", "--ppid", String(parent)]).stdout.toString();
  return listed.split("\n").filter((line) => line.includes("Z"));
}

const identitySchema = v.pipe(
  v.string(),
  v.parseJson(),
  v.object({ daemon: v.object({ pid: v.number(), instanceId: v.string() }) }),
);

/** An installation with one config, and what runs a daemon on it. */
function makeHome() {
  const folder = temporaryFolder();
  const home = join(folder.path, "home");
  mkdirSync(join(home, "wireproxy_confs"), { recursive: true, mode: 0o700 });
  const config = join(home, "wireproxy_confs/us-east.conf");
  writeFileSync(config, makeConfig({ client: 0 }).text, { mode: 0o600 });
  const port = freePort();
  const { PATH } = process.env;
  return {
    path: home,
    config,
    command: [EXECUTABLE, "--daemon", "-p", String(port), "--home", home],
    environment: { PATH, HOME: folder.path, WPDAEMON_WIREPROXY: STAND_IN, WPDAEMON_STREAM_PORT: "0" },
    make(name: string): string {
      const path = join(folder.path, name);
      mkdirSync(path);
      return path;
    },
    ask: (line: string) => ask(port, line).catch(() => ({ CMD: "", result: null, error: "nobody answers" })),
    identity: async () => v.parse(identitySchema, (await callWpdaemon(home, ["status", "--json"])).output).daemon,
    [Symbol.dispose]: () => folder[Symbol.dispose](),
  };
}
