import { describe, expect, test } from "bun:test";

import { freePort } from "../rig/free-port.ts";
import { isAlive } from "../rig/processes.ts";
import { findWireproxies } from "../rig/programs.ts";
import { accepts, fetchThroughSocks } from "../rig/socks.ts";
import { openTunnelScene, PAGE } from "../rig/tunnel-scene.ts";
import { until } from "../rig/until.ts";
import { spinUp, statePid } from "./spin-up.ts";

const { makeConfig, pageUrl, start } = openTunnelScene();

for (const { kind, path } of findWireproxies()) {
  describe(`with the ${kind}`, () => {
    const environment = { WPDAEMON_WIREPROXY: path };
    /** What dies stays dead, so that there is time to see it. */
    const startWithoutRecovery = () => start({ environment, settings: "tunnels:\n  x: { recover: false }\n" });

    test("success only once the listeners accept, for either spelling of the name", async () => {
      await using daemon = await start({ environment });
      const { text, socksPort } = makeConfig();
      daemon.writeConfig("x.conf", text);
      for (const name of ["x.conf", "x"]) {
        const { result, error } = await daemon.ask(`spin_up:${name}`);
        expect(error).toBeNull();
        expect(result).toEqual({
          status: "running",
          config: "x.conf",
          pid: expect.any(Number),
          log_file: expect.stringMatching(/\/wp-server-logs\/\d+_x(-\d+)?\.log$/),
        });
        expect(await accepts(socksPort)).toBe(true);
        expect(await fetchThroughSocks(socksPort, pageUrl())).toBe(PAGE);
        expect((await daemon.ask("spin_down:")).error).toBeNull();
      }
    });

    test("spin_up while running is refused by name, the child untouched", async () => {
      await using daemon = await start({ environment });
      daemon.writeConfig("x.conf", makeConfig().text);
      daemon.writeConfig("y.conf", makeConfig({ client: 1 }).text);
      const pid = await spinUp(daemon, "x");
      for (const name of ["x", "y"]) {
        const refused = await daemon.ask(`spin_up:${name}`);
        expect(refused.error).toBe("WireProxy is already running with config: x.conf");
      }
      expect(await statePid(daemon)).toBe(pid);
    });

    test("two spin_up of one config at the same time give the same child", async () => {
      await using daemon = await start({ environment });
      // Slow enough for a busy machine to bring the second one meanwhile.
      daemon.writeConfig("x.conf", makeConfig({ extra: "# standin: listen-after=1500\n" }).text);
      const [one, other] = await Promise.all([daemon.ask("spin_up:x"), daemon.ask("spin_up:x")]);
      expect(one.error).toBeNull();
      expect(other).toEqual(one);
    });

    test("spin_down frees the port at once and closes the log", async () => {
      await using daemon = await start({ environment });
      const { text, socksPort } = makeConfig();
      daemon.writeConfig("x.conf", text);
      const pid = await spinUp(daemon, "x");
      const { result, error } = await daemon.ask("spin_down:");
      expect(error).toBeNull();
      expect(result).toEqual({ status: "stopped", previous_config: "x.conf", log_file: expect.any(String) });
      expect(await accepts(socksPort)).toBe(false);
      expect(isAlive(pid)).toBe(false);
      expect(daemon.readLog(String(result?.["log_file"]))).toContain("Shutdown Method: Graceful termination\n");
    });

    test("without recovery a killed child is gone from state at once, and nothing blocks the next start", async () => {
      await using daemon = await startWithoutRecovery();
      daemon.writeConfig("x.conf", makeConfig().text);
      const pid = await spinUp(daemon, "x");
      process.kill(pid, "SIGKILL");
      const state = await until("state is idle", async () => {
        const { result } = await daemon.ask("state:");
        return result?.["running"] === false && result;
      });
      expect(daemon.readLog(String(state["log_file"]))).toContain("Shutdown Method: Process died unexpectedly\n");
      expect((await daemon.ask("spin_down:")).error).toBe("WireProxy is not running");
      const next = await spinUp(daemon, "x");
      process.kill(next, "SIGKILL");
      // Without a look in between.
      await until("the child is gone", () => !isAlive(next));
      expect(await spinUp(daemon, "x")).toBeGreaterThan(0);
    });

    test("Argus can change to another config", async () => {
      await using daemon = await start({ environment });
      const socksPort = freePort();
      daemon.writeConfig("x.conf", makeConfig({ socksPort }).text);
      daemon.writeConfig("y.conf", makeConfig({ client: 1, socksPort }).text);
      await spinUp(daemon, "x");
      expect((await daemon.ask("spin_down:")).error).toBeNull();
      await spinUp(daemon, "y");
      expect((await daemon.ask("state:")).result).toMatchObject({ running: true, config: "y.conf" });
      expect(await fetchThroughSocks(socksPort, pageUrl())).toBe(PAGE);
    });

    test("the brute-force tester's round over five configs succeeds", async () => {
      await using daemon = await start({ environment });
      const socksPort = freePort();
      for (let client = 0; client < 5; client++) {
        daemon.writeConfig(`c${client}.conf`, makeConfig({ client, socksPort }).text);
      }
      for (let client = 0; client < 5; client++) {
        await daemon.ask("spin_down:");
        await spinUp(daemon, `c${client}`);
        expect(await fetchThroughSocks(socksPort, pageUrl())).toBe(PAGE);
        expect((await daemon.ask("spin_down:")).error).toBeNull();
      }
    });

    test("starts with one key keep their distance, so that the far end takes the first handshake of each", async () => {
      await using daemon = await start({ environment });
      const { text, socksPort } = makeConfig();
      daemon.writeConfig("x.conf", text);
      for (let round = 0; round < 4; round++) {
        await spinUp(daemon, "x");
        await daemon.ask("spin_down:");
      }
      const { result } = await daemon.ask("spin_up:x");
      expect(await fetchThroughSocks(socksPort, pageUrl())).toBe(PAGE);
      // The far end drops a handshake that comes too soon after another one, and the next try is 5 s away.
      const log = daemon.readLog(String(result?.["log_file"]));
      expect(log).toContain("Sending handshake initiation");
      expect(log).not.toContain("Handshake did not complete");
    });
  });
}
