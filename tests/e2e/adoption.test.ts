import { afterAll, describe, expect, test } from "bun:test";
import { readFileSync, writeFileSync } from "node:fs";

import { MAY_SKIP } from "../rig/needs-program.ts";
import { findProcesses, isAlive } from "../rig/processes.ts";
import { findWireproxies } from "../rig/programs.ts";
import { fetchThroughSocks } from "../rig/socks.ts";
import { openTunnelScene } from "../rig/tunnel-scene.ts";
import { until } from "../rig/until.ts";
import { spinUp, statePid } from "./spin-up.ts";

const { makeConfig, pageUrl, start } = openTunnelScene();

const IN_USER_NAMESPACE = ["unshare", "--user", "--map-root-user"];
const hasUserNamespaces =
  !MAY_SKIP || (Bun.which("unshare") !== null && Bun.spawnSync([...IN_USER_NAMESPACE, "true"]).success);

for (const { kind, path } of findWireproxies()) {
  describe(`with the ${kind}`, () => {
    const environment = { WPDAEMON_WIREPROXY: path };
    /** What dies stays dead, so that there is time to see it. */
    const startWithoutRecovery = () => start({ environment, settings: "tunnels:\n  x: { recover: false }\n" });

    test("SIGTERM to the daemon ends the child, writes the footer, exits with 0; the state file says how it ended", async () => {
      for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"] as const) {
        await using daemon = await start({ environment });
        daemon.writeConfig("x.conf", makeConfig().text);
        const pid = await spinUp(daemon, "x");
        const log = String((await daemon.ask("state:")).result?.["log_file"]);
        expect(await daemon.end(signal)).toBe(0);
        expect(isAlive(pid)).toBe(false);
        expect(readFileSync(log, "utf8")).toContain("Shutdown Method: Graceful termination\n");
        const left = JSON.parse(readFileSync(`${daemon.home}/wpdaemon/state.json`, "utf8"));
        expect(left).toMatchObject({ state: "stopped", stateReason: `signal-${signal}`, exitCode: 0, children: [] });
        expect(left).not.toHaveProperty("pid");
      }
    });

    test("after kill -9 the next daemon adopts the child, whose connections never broke", async () => {
      await using daemon = await start({ environment });
      const { text, socksPort } = makeConfig();
      daemon.writeConfig("x.conf", text);
      const pid = await spinUp(daemon, "x");
      const before = await daemon.ask("state:");
      const slow = fetchThroughSocks(socksPort, slowServer.url);
      await until("the request is there", () => slowServer.waiting() > 0);
      await daemon.end("SIGKILL");
      await daemon.start();
      expect((await daemon.ask("state:")).result).toEqual({ ...before.result, health: expect.any(String) });
      slowServer.release();
      expect(await slow).toBe("slow");
      const { result } = await daemon.ask("spin_down:");
      expect(isAlive(pid)).toBe(false);
      expect(daemon.readLog(String(result?.["log_file"]))).toContain("Shutdown Method: Graceful termination\n");
    });

    // As under a user's service manager, which gives each daemon a user namespace of its own.
    test.skipIf(!hasUserNamespaces)(
      "a child in another user namespace is adopted, and ended, like any other",
      async () => {
        await using daemon = await start({ environment, within: IN_USER_NAMESPACE });
        daemon.writeConfig("x.conf", makeConfig().text);
        const pid = await spinUp(daemon, "x");
        for (const process of [{ keepsRecord: true }, { keepsRecord: false }]) {
          await daemon.end("SIGKILL");
          if (!process.keepsRecord) forgetProcess(`${daemon.home}/wpdaemon/state.json`);
          await daemon.start();
          expect(await statePid(daemon)).toBe(pid);
        }
        await daemon.ask("spin_down:");
        expect(isAlive(pid)).toBe(false);
      },
    );

    test("an adopted child that dies is noticed without being asked for", async () => {
      await using daemon = await startWithoutRecovery();
      daemon.writeConfig("x.conf", makeConfig().text);
      const pid = await spinUp(daemon, "x");
      await daemon.end("SIGKILL");
      await daemon.start();
      const log = String((await daemon.ask("state:")).result?.["log_file"]);
      process.kill(pid, "SIGKILL");
      await until("the footer", () => daemon.readLog(log).includes("Process died unexpectedly"));
      expect((await daemon.ask("state:")).result?.["running"]).toBe(false);
    });

    test("a child that died while no daemon ran is forgotten, its log closed", async () => {
      await using daemon = await startWithoutRecovery();
      daemon.writeConfig("x.conf", makeConfig().text);
      const pid = await spinUp(daemon, "x");
      const log = String((await daemon.ask("state:")).result?.["log_file"]);
      await daemon.end("SIGKILL");
      process.kill(pid, "SIGKILL");
      await until("the child is gone", () => !isAlive(pid));
      await daemon.start();
      expect((await daemon.ask("state:")).result?.["running"]).toBe(false);
      expect(daemon.readLog(log)).toContain("Shutdown Method: Process died unexpectedly\n");
    });

    test("a daemon restarted 20 times never has two children", async () => {
      await using daemon = await start({ environment });
      const config = daemon.writeConfig("x.conf", makeConfig().text);
      for (let round = 0; round < 20; round++) {
        if ((await daemon.ask("state:")).result?.["running"] !== true) await spinUp(daemon, "x");
        await daemon.end(round % 3 === 0 ? "SIGTERM" : "SIGKILL");
        await daemon.start();
        expect(findProcesses(config).length).toBe(round % 3 === 0 ? 0 : 1);
      }
    });
  });
}

test("a child found after kill -9 that never came to listen is stopped", async () => {
  await using daemon = await start();
  daemon.writeConfig("x.conf", makeConfig({ extra: "# standin: never-listen\n" }).text);
  const starting = daemon.ask("spin_up:x").catch(() => undefined);
  const pid = await until("the child exists", () => statePid(daemon));
  await daemon.end("SIGKILL");
  await starting;
  await daemon.start();
  await until("the child is gone", () => !isAlive(pid));
  expect((await daemon.ask("state:")).result?.["running"]).toBe(false);
});

/** A server whose reply waits for `release`, so that a connection can be watched through a daemon's death. */
const slowServer = (() => {
  let waiting: (() => void)[] = [];
  const server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    async fetch() {
      await new Promise<void>((resolve) => waiting.push(resolve));
      return new Response("slow");
    },
  });
  afterAll(() => server.stop(true));
  return {
    get url() {
      return pageUrl(server.port);
    },
    waiting: () => waiting.length,
    release() {
      for (const resolve of waiting) resolve();
      waiting = [];
    },
  };
})();

/** As the record stands from just before a spawn until the process is known. */
function forgetProcess(path: string): void {
  const state = JSON.parse(readFileSync(path, "utf8"));
  for (const child of state.children) child.process = null;
  writeFileSync(path, JSON.stringify(state));
}
