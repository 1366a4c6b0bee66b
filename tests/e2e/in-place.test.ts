import { expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import * as v from "valibot";
import { readProcessStat } from "../../src/platform/process/proc.ts";
import { callWpdaemon } from "../rig/command-line.ts";
import { EXECUTABLE, type TestDaemon } from "../rig/daemon-process.ts";
import { converse } from "../rig/line-client.ts";
import { knockOn, startLoad } from "../rig/load.ts";
import { findProcesses } from "../rig/processes.ts";
import { openStream, startTicker } from "../rig/streams.ts";
import { openTunnelScene } from "../rig/tunnel-scene.ts";
import { until } from "../rig/until.ts";

// A daemon that nobody can tell another process number of: `wpdaemon --daemon`, by whatever starts programs.

const { makeConfig, pageUrl, start } = openTunnelScene();
const inPlace = test.skipIf(process.platform !== "linux");

inPlace(
  "upgrades under load keep the process number: no door refuses anybody, no stream breaks, no tunnel restarts",
  async () => {
    await using daemon = await start();
    await using web = startTicker();
    const config = makeConfig({ client: 0 });
    const file = daemon.writeConfig("us-east.conf", config.text);
    expect((await daemon.ask("spin_up:us-east")).error).toBeNull();
    const children = findProcesses(file);
    const before = await readStatus(daemon);
    await using stream = openStream(config.socksPort, pageUrl(web.port));
    await using load = startLoad(daemon, 4);
    await using doors = knockOn([`${(before.events.url ?? "").replace("ws:", "http:")}/`]);

    const instances = new Set([before.daemon.instanceId]);
    for (let upgrade = 0; upgrade < 5; upgrade++) {
      const [replies, knocks, bytes] = [load.replies(), doors.answers(), stream.bytes()];
      expect(await callWpdaemon(daemon.home, ["restart"])).toMatchObject({ code: 0, complaint: "" });
      const { pid, instanceId } = (await readStatus(daemon)).daemon;
      instances.add(instanceId);
      expect(pid).toBe(daemon.pid);
      await until("all go on", () => load.replies() > replies && doors.answers() > knocks && stream.bytes() > bytes);
    }

    await Promise.all([load.stop(), doors.stop()]);
    expect([instances.size, load.faults, doors.faults, findProcesses(file)]).toEqual([6, [], [], children]);
    const after = await readStatus(daemon);
    expect(after.events.url).toBe(before.events.url);
    expect(after.tunnels).toMatchObject([{ since: before.tunnels[0]?.since, restarts: 0, state: "running" }]);
    expect(await daemon.end("SIGTERM")).toBe(0);
    expect(findProcesses(file)).toEqual([]);
  },
);

inPlace("a connection that was open stays so, and its next request is answered by the new program", async () => {
  await using daemon = await start();
  const replies = converse(daemon.port, ["whoami:\n", "state:\n"], { gap: 1_000, lines: 2 });
  expect((await callWpdaemon(daemon.home, ["restart"])).code).toBe(0);
  expect((await replies).replies.map((reply) => reply.CMD)).toEqual(["whoami", "state"]);
  expect((await readStatus(daemon)).daemon.pid).toBe(daemon.pid);
});

inPlace("a child that dies later is replaced as any other, and is no zombie", async () => {
  await using daemon = await start();
  const file = daemon.writeConfig("us-east.conf", makeConfig({ client: 1 }).text);
  expect((await daemon.ask("spin_up:us-east")).error).toBeNull();
  expect((await callWpdaemon(daemon.home, ["restart"])).code).toBe(0);
  const [child = 0] = findProcesses(file);
  process.kill(child, "SIGKILL");
  await until("it is reaped", () => isGone(child));
  await until("another one carries the tunnel", async () => (await daemon.ask("state:")).result?.["running"] === true);
});

inPlace(
  "a signal that comes while the program is replaced ends the daemon in good order, whenever it comes",
  async () => {
    for (const delay of [0, 5, 10, 20, 30, 40, 60]) {
      await using daemon = await start();
      const asked = handOver(daemon, EXECUTABLE);
      await until("the old program is about to go", () =>
        daemon.readLog(`${daemon.home}/wp-server-logs/audit.log`).includes("goes on in the place"),
      );
      await Bun.sleep(delay);
      expect(await daemon.end("SIGTERM")).toBe(0);
      await asked;
    }
  },
);

inPlace.each([
  ["is no wpdaemon", "#!/bin/sh\necho something else\n", /not a wpdaemon/],
  [
    "loads and then fails",
    `#!/bin/sh\n[ "$1" = --version ] && { echo "WpDaemon version 9.9.9 (TypeScript)"; exit 0; }\nexit 71\n`,
    /did not take over: it ended with code 71/,
  ],
])("where the new program %s, the old one goes on", async (_, content, complaint) => {
  await using daemon = await start();
  const before = (await readStatus(daemon)).daemon.instanceId;
  const program = join(daemon.home, "candidate");
  writeFileSync(program, content, { mode: 0o755 });
  const answer = await handOver(daemon, program);
  expect(await answer?.json()).toMatchObject({ ok: false, error: { message: expect.stringMatching(complaint) } });
  expect((await readStatus(daemon)).daemon).toMatchObject({ pid: daemon.pid, instanceId: before });
});

/** @returns nothing where the daemon ended before it could answer. */
function handOver(daemon: TestDaemon, program: string): Promise<Response | undefined> {
  const asked = fetch("http://localhost/v1/handover", {
    unix: join(daemon.home, "wpdaemon/control.sock"),
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ program }),
  });
  return asked.catch(() => undefined);
}

const statusSchema = v.object({
  daemon: v.object({ pid: v.number(), instanceId: v.string() }),
  events: v.object({ url: v.nullable(v.string()) }),
  tunnels: v.array(v.looseObject({ since: v.string() })),
});

async function readStatus(daemon: Pick<TestDaemon, "home">) {
  const { output } = await callWpdaemon(daemon.home, ["status", "--json"]);
  return v.parse(v.pipe(v.string(), v.parseJson(), statusSchema), output);
}

function isGone(pid: number): boolean {
  try {
    return readProcessStat(pid) === undefined;
  } catch {
    return true;
  }
}
