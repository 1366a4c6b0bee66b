import { expect, test } from "bun:test";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { callWpdaemon } from "../rig/command-line.ts";
import { findProcesses, isAlive } from "../rig/processes.ts";
import { accepts } from "../rig/socks.ts";
import { temporaryFolder } from "../rig/temporary-folder.ts";
import { openTunnelScene } from "../rig/tunnel-scene.ts";
import { until } from "../rig/until.ts";
import { spinUp, statePid } from "./spin-up.ts";

const { makeConfig, start } = openTunnelScene();

test("a listener that is late delays the reply until it accepts", async () => {
  await using daemon = await start();
  const { text, socksPort } = makeConfig({ extra: "# standin: listen-after=300\n" });
  daemon.writeConfig("x.conf", text);
  const reply = await daemon.ask("spin_up:x");
  expect(reply.error).toBeNull();
  expect(reply.result).not.toHaveProperty("ready");
  expect(await accepts(socksPort)).toBe(true);
});

test("a listener that never comes: running, and honestly not ready", async () => {
  await using daemon = await start();
  daemon.writeConfig("x.conf", makeConfig({ extra: "# standin: never-listen\n" }).text);
  const reply = await daemon.ask("spin_up:x");
  expect(reply.result).toMatchObject({ status: "running", ready: false });
  expect((await daemon.ask("state:")).result).toMatchObject({ running: true, ready: false });
});

test("a child that exits at once is reported at once, its log complete", async () => {
  await using daemon = await start();
  daemon.writeConfig("x.conf", makeConfig({ extra: "# standin: print=last words,exit-at-once=1\n" }).text);
  const { error } = await daemon.ask("spin_up:x");
  const log = /^WireProxy failed to start\. Check log: (\/.*\.log)$/.exec(error ?? "")?.[1] ?? "";
  const text = daemon.readLog(log);
  expect(text).toContain("WireProxy Server Log");
  expect(text).toContain("last words");
  expect(text).toContain("Shutdown Method: Process died during startup\n");
  expect((await daemon.ask("state:")).result).toEqual({
    running: false,
    config: null,
    pid: null,
    log_file: log,
    health: "idle",
  });
});

test("a peer's name that nobody knows is told by the line, by up and by status", async () => {
  await using daemon = await start();
  const text = makeConfig().text.replace(/Endpoint = .*/, "Endpoint = nowhere.invalid:51820");
  daemon.writeConfig("x.conf", text);
  const why = "the peer's name nowhere.invalid cannot be looked up: ";
  // A name server may take longer than a line client is kept waiting.
  const error = await until("the name server has answered in time", async () => {
    return (await daemon.ask("spin_up:x")).error ?? undefined;
  });
  expect(error).toMatch(/^WireProxy failed to start\. Check log: \/.*_x\.log \(/);
  expect(error).toContain(why);
  const up = await callWpdaemon(daemon.home, ["up", "x"]);
  expect([up.code, up.complaint]).toEqual([1, expect.stringContaining(why)]);
  expect(up.complaint).toContain("→ check Endpoint, and this machine's network and name server");
  const { output } = await callWpdaemon(daemon.home, ["status"]);
  expect(output).toContain(`not up: ${why}`);
  expect(output).toContain("→ x: check Endpoint");
});

test("a tunnel that is wanted at the start of the daemon says while it is tried that its peer's name is not known", async () => {
  using home = temporaryFolder();
  mkdirSync(`${home.path}/wireproxy_confs`, { mode: 0o700 });
  const text = makeConfig().text.replace(/Endpoint = .*/, "Endpoint = nowhere.invalid:51820");
  writeFileSync(`${home.path}/wireproxy_confs/x.conf`, text, { mode: 0o600 });
  await using daemon = await start({ home: home.path, settings: "tunnels: { x: { autostart: true } }\n" });
  await until("status tells why", async () =>
    (await callWpdaemon(daemon.home, ["status"])).output.includes(
      "being brought up again: the peer's name nowhere.invalid cannot be looked up: ",
    ),
  );
});

test("a port that is taken is named in the error, and nothing is left running", async () => {
  await using daemon = await start();
  const { text, socksPort } = makeConfig();
  const config = daemon.writeConfig("x.conf", text);
  const squatter = Bun.listen({ hostname: "127.0.0.1", port: socksPort, socket: { data() {} } });
  const { error } = await daemon.ask("spin_up:x");
  expect(error).toContain(`127.0.0.1:${socksPort} is already in use by process ${process.pid}`);
  expect(findProcesses(config)).toEqual([]);
  squatter.stop(true);
  expect((await daemon.ask("spin_up:x")).error).toBeNull();
});

test("a child that ignores SIGTERM is killed", async () => {
  await using daemon = await start();
  daemon.writeConfig("x.conf", makeConfig({ extra: "# standin: ignore-term\n" }).text);
  const pid = await spinUp(daemon, "x");
  const stopping = daemon.ask("spin_down:");
  await until("the stop is under way", async () => (await daemon.ask("state:")).result?.["running"] === false);
  // Reads do not wait for it, a second stop joins it.
  expect(isAlive(pid)).toBe(true);
  const [one, other] = await Promise.all([stopping, daemon.ask("spin_down:")]);
  expect(one.error).toBeNull();
  expect(other).toEqual(one);
  expect(isAlive(pid)).toBe(false);
  expect(daemon.readLog(String(one.result?.["log_file"]))).toContain("Shutdown Method: Force killed\n");
});

test("during a start, state shows the child, the same config joins, another is refused, spin_down cancels", async () => {
  await using daemon = await start();
  daemon.writeConfig("x.conf", makeConfig({ extra: "# standin: listen-after=60000\n" }).text);
  daemon.writeConfig("y.conf", makeConfig({ client: 1 }).text);
  const starting = daemon.ask("spin_up:x");
  const pid = await until("the child exists", () => statePid(daemon));
  const joining = daemon.ask("spin_up:x");
  expect((await daemon.ask("spin_up:y")).error).toBe("WireProxy is already running with config: x.conf");
  expect((await daemon.ask("spin_down:")).result).toMatchObject({ status: "stopped", previous_config: "x.conf" });
  expect((await starting).error).toStartWith("WireProxy failed to start. Check log: ");
  expect(await joining).toEqual(await starting);
  expect(isAlive(pid)).toBe(false);
});

test("during a stop, spin_up waits its turn and then starts", async () => {
  await using daemon = await start();
  daemon.writeConfig("x.conf", makeConfig({ extra: "# standin: ignore-term\n" }).text);
  daemon.writeConfig("y.conf", makeConfig({ client: 1 }).text);
  await spinUp(daemon, "x");
  const stopping = daemon.ask("spin_down:");
  await until("the stop is under way", async () => (await daemon.ask("state:")).result?.["running"] === false);
  const next = await daemon.ask("spin_up:y");
  expect(next.result).toMatchObject({ status: "running", config: "y.conf" });
  expect((await stopping).error).toBeNull();
});

test("a second signal during a stubborn stop kills the child and exits at once", async () => {
  await using daemon = await start();
  daemon.writeConfig("x.conf", makeConfig({ extra: "# standin: ignore-term\n" }).text);
  const pid = await spinUp(daemon, "x");
  process.kill(daemon.pid, "SIGTERM");
  await until("the first signal is heard", () => daemon.output().includes("shutting down"));
  expect(await daemon.end("SIGTERM")).toBe(1);
  await until("the child is gone", () => !isAlive(pid));
});

test("the child gets GOGC=10 unless the user set one, and none of the daemon's own variables", async () => {
  for (const [environment, wanted] of [
    [{}, "GOGC=10"],
    [{ GOGC: "50" }, "GOGC=50"],
  ] as const) {
    await using daemon = await start({ environment });
    daemon.writeConfig("x.conf", makeConfig().text);
    const pid = await spinUp(daemon, "x");
    const variables = readFileSync(`/proc/${pid}/environ`, "utf8").split("\0");
    expect(variables).toContain(wanted);
    expect(variables.filter((variable) => /^BUN_(GC|JSC)_/.test(variable))).toEqual([]);
  }
});
