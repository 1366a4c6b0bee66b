import { expect, test } from "bun:test";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { callWpdaemon } from "../rig/command-line.ts";
import type { TestDaemon } from "../rig/daemon-process.ts";
import { freePort } from "../rig/free-port.ts";
import { isAlive } from "../rig/processes.ts";
import { openTunnelScene } from "../rig/tunnel-scene.ts";
import { until } from "../rig/until.ts";
import { spinUp, statePid } from "./spin-up.ts";

const { makeConfig, start } = openTunnelScene();

/** Has the state file tell of ends by a fault, one a second, the last of them now. */
function tellOfEnds(home: string, configs: readonly string[]): void {
  const path = join(home, "wpdaemon/state.json");
  const state = JSON.parse(readFileSync(path, "utf8"));
  const ends = configs.map((config, index) => ({
    at: new Date(Date.now() - 1_000 * (configs.length - 1 - index)).toISOString(),
    config,
    detail: "Error: a defect\n    at carry (x.ts:1:1)",
  }));
  writeFileSync(path, JSON.stringify({ ...state, ends }));
}

test("a tunnel by which three daemons have ended within a minute is failed, with the reason, until somebody asks for it", async () => {
  await using daemon = await start();
  daemon.writeConfig("x.conf", makeConfig().text);
  const pid = await spinUp(daemon, "x");
  await daemon.end("SIGKILL");
  tellOfEnds(daemon.home, ["x.conf", "x.conf", "x.conf"]);
  await daemon.start();
  await until("its process has ended", () => !isAlive(pid));
  const reason = await until("it is given up", async () => {
    const [found] = (await readStatus(daemon)).tunnels;
    return found?.state === "failed" && String(found.reason);
  });
  expect(reason).toContain("it has ended the daemon 3 times within a minute: Error: a defect");
  const text = await callWpdaemon(daemon.home, ["status"]);
  expect(text.output).toContain("a daemon has ended by a fault of its own: Error: a defect");
  const doctor = await callWpdaemon(daemon.home, ["doctor"]);
  expect(doctor.output).toContain("caused by the tunnel x: Error: a defect");
  expect(await spinUp(daemon, "x")).not.toBe(pid);
});

test("a tunnel in whose start three daemons were killed within a minute is failed, and others are brought up", async () => {
  using silent = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data() {} } });
  await using daemon = await start({ settings: "tunnels: { x: { autostart: true }, y: { autostart: true } }\n" });
  const state = () => JSON.parse(readFileSync(join(daemon.home, "wpdaemon/state.json"), "utf8"));
  const socks = `[Socks5]\nBindAddress = 127.0.0.1:${freePort()}\n`;
  daemon.writeConfig("x.conf", `[LinkSocks]\nUrl = ws://127.0.0.1:${silent.port}\nToken = x\n\n${socks}`);
  daemon.writeConfig("y.conf", makeConfig().text);
  for (let end = 0; end < 3; end += 1) {
    await daemon.end("SIGKILL");
    await daemon.start();
    await until("it is being started alone", () => Bun.deepEquals(state().starting, ["x.conf"]));
  }
  await daemon.end("SIGKILL");
  await daemon.start();
  const reason = await until("it is given up, and the other runs", async () => {
    const { tunnels } = await readStatus(daemon);
    const [x, y] = ["x", "y"].map((name) => tunnels.find((one: { readonly name: string }) => one.name === name));
    return x?.state === "failed" && y?.state === "running" && String(x.reason);
  });
  expect(reason).toContain("it has ended the daemon 3 times within a minute: its process ended without a word");
});

test("a tunnel by which two daemons have ended is adopted as ever", async () => {
  await using daemon = await start();
  daemon.writeConfig("x.conf", makeConfig().text);
  const pid = await spinUp(daemon, "x");
  await daemon.end("SIGKILL");
  tellOfEnds(daemon.home, ["x.conf", "x.conf"]);
  await daemon.start();
  expect(await statePid(daemon)).toBe(pid);
});

test("status tells of the longest turn of the event loop and of the part that caused it, and so do the metrics", async () => {
  await using daemon = await start();
  await daemon.ask("state:");
  await readStatus(daemon);
  const { loop, faults, ends } = (await readStatus(daemon)).daemon;
  expect(loop.longestTurn).toEqual({
    milliseconds: expect.any(Number),
    part: expect.any(String),
    at: expect.any(String),
  });
  expect(loop.recentTurn).toEqual(loop.longestTurn);
  expect([faults, ends]).toEqual([{ byPart: {}, last: null }, []]);
  const answer = await fetch("http://localhost/metrics", { unix: join(daemon.home, "wpdaemon/control.sock") });
  expect(await answer.text()).toMatch(/^wpdaemon_loop_longest_turn_seconds\{since="start",part="[^"]+"\} [\d.]+$/m);
});

async function readStatus(daemon: TestDaemon) {
  const { output } = await callWpdaemon(daemon.home, ["status", "--json"]);
  return JSON.parse(output);
}
