import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { startTestDaemon, type TestDaemon } from "../rig/daemon-process.ts";
import { type FarEnd, startFarEnd } from "../rig/far-end.ts";
import { freePort } from "../rig/free-port.ts";
import { findProcesses, isAlive } from "../rig/processes.ts";
import { findWireproxies, STAND_IN } from "../rig/programs.ts";
import { accepts, fetchThroughSocks } from "../rig/socks.ts";
import { until } from "../rig/until.ts";

const PAGE = "the page behind the tunnel";
let farEnd: FarEnd;
let web: ReturnType<typeof Bun.serve>;

beforeAll(async () => {
  farEnd = await startFarEnd();
  web = Bun.serve({ hostname: "127.0.0.1", port: 0, fetch: () => new Response(PAGE) });
});
afterAll(async () => {
  await farEnd[Symbol.asyncDispose]();
  await web.stop(true);
});

function pageUrl(): string {
  return `http://${farEnd.address}:${web.port}/`;
}

for (const { kind, path } of findWireproxies()) {
  describe(`with the ${kind}`, () => {
    const environment = { WPDAEMON_WIREPROXY: path };
    const start = () => startTestDaemon({ environment });
    /** What dies stays dead, so that there is time to see it. */
    const startWithoutRecovery = () =>
      startTestDaemon({ environment, settings: "tunnels:\n  x: { recover: false }\n" });

    test("items 25 and 21: success only once the listeners accept, for either spelling of the name", async () => {
      await using daemon = await start();
      const { text, socksPort } = farEnd.config();
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

    test("item 29: spin_up while running is refused by name, the child untouched", async () => {
      await using daemon = await start();
      daemon.writeConfig("x.conf", farEnd.config().text);
      daemon.writeConfig("y.conf", farEnd.config({ client: 1 }).text);
      const pid = await spinUp(daemon, "x");
      for (const name of ["x", "y"]) {
        const refused = await daemon.ask(`spin_up:${name}`);
        expect(refused.error).toBe("WireProxy is already running with config: x.conf");
      }
      expect(await statePid(daemon)).toBe(pid);
    });

    test("item 30: two spin_up of one config at the same time give the same child", async () => {
      await using daemon = await start();
      daemon.writeConfig("x.conf", farEnd.config().text);
      const [one, other] = await Promise.all([daemon.ask("spin_up:x"), daemon.ask("spin_up:x")]);
      expect(one.error).toBeNull();
      expect(other).toEqual(one);
    });

    test("item 31: spin_down frees the port at once and closes the log", async () => {
      await using daemon = await start();
      const { text, socksPort } = farEnd.config();
      daemon.writeConfig("x.conf", text);
      const pid = await spinUp(daemon, "x");
      const { result, error } = await daemon.ask("spin_down:");
      expect(error).toBeNull();
      expect(result).toEqual({ status: "stopped", previous_config: "x.conf", log_file: expect.any(String) });
      expect(await accepts(socksPort)).toBe(false);
      expect(isAlive(pid)).toBe(false);
      expect(daemon.readLog(String(result?.["log_file"]))).toContain("Shutdown Method: Graceful termination\n");
    });

    test("item 34, without recovery: a killed child is gone from state at once, and nothing blocks the next start", async () => {
      await using daemon = await startWithoutRecovery();
      daemon.writeConfig("x.conf", farEnd.config().text);
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

    test("item 37: SIGTERM to the daemon ends the child, writes the footer, exits with 0; L-07: the state file says how it ended", async () => {
      for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"] as const) {
        await using daemon = await start();
        daemon.writeConfig("x.conf", farEnd.config().text);
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

    test("item 38: after kill -9 the next daemon adopts the child, whose connections never broke", async () => {
      await using daemon = await start();
      const { text, socksPort } = farEnd.config();
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

    test("an adopted child that dies is noticed without being asked for", async () => {
      await using daemon = await startWithoutRecovery();
      daemon.writeConfig("x.conf", farEnd.config().text);
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
      daemon.writeConfig("x.conf", farEnd.config().text);
      const pid = await spinUp(daemon, "x");
      const log = String((await daemon.ask("state:")).result?.["log_file"]);
      await daemon.end("SIGKILL");
      process.kill(pid, "SIGKILL");
      await until("the child is gone", () => !isAlive(pid));
      await daemon.start();
      expect((await daemon.ask("state:")).result?.["running"]).toBe(false);
      expect(daemon.readLog(log)).toContain("Shutdown Method: Process died unexpectedly\n");
    });

    test("item 35: Argus' change to another config", async () => {
      await using daemon = await start();
      const socksPort = freePort();
      daemon.writeConfig("x.conf", farEnd.config({ socksPort }).text);
      daemon.writeConfig("y.conf", farEnd.config({ client: 1, socksPort }).text);
      await spinUp(daemon, "x");
      expect((await daemon.ask("spin_down:")).error).toBeNull();
      await spinUp(daemon, "y");
      expect((await daemon.ask("state:")).result).toMatchObject({ running: true, config: "y.conf" });
      expect(await fetchThroughSocks(socksPort, pageUrl())).toBe(PAGE);
    });

    test("item 36: the brute-force tester's round over five configs", async () => {
      await using daemon = await start();
      const socksPort = freePort();
      for (let client = 0; client < 5; client++) {
        daemon.writeConfig(`c${client}.conf`, farEnd.config({ client, socksPort }).text);
      }
      for (let client = 0; client < 5; client++) {
        await daemon.ask("spin_down:");
        await spinUp(daemon, `c${client}`);
        expect(await fetchThroughSocks(socksPort, pageUrl())).toBe(PAGE);
        expect((await daemon.ask("spin_down:")).error).toBeNull();
      }
    });

    test("item 39: a daemon restarted 20 times never has two children", async () => {
      await using daemon = await start();
      const config = daemon.writeConfig("x.conf", farEnd.config().text);
      for (let round = 0; round < 20; round++) {
        if ((await daemon.ask("state:")).result?.["running"] !== true) await spinUp(daemon, "x");
        await daemon.end(round % 3 === 0 ? "SIGTERM" : "SIGKILL");
        await daemon.start();
        expect(findProcesses(config).length).toBe(round % 3 === 0 ? 0 : 1);
      }
    });

    test("starts with one key keep their distance, so that the far end takes the first handshake of each", async () => {
      await using daemon = await start();
      const { text, socksPort } = farEnd.config();
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

describe("what only the stand-in can be made to do", () => {
  const start = () => startTestDaemon({ environment: { WPDAEMON_WIREPROXY: STAND_IN } });

  test("item 26: a listener that is late delays the reply until it accepts", async () => {
    await using daemon = await start();
    const { text, socksPort } = farEnd.config({ extra: "# standin: listen-after=300\n" });
    daemon.writeConfig("x.conf", text);
    const reply = await daemon.ask("spin_up:x");
    expect(reply.error).toBeNull();
    expect(reply.result).not.toHaveProperty("ready");
    expect(await accepts(socksPort)).toBe(true);
  });

  test("a listener that never comes: running, and honestly not ready", async () => {
    await using daemon = await start();
    daemon.writeConfig("x.conf", farEnd.config({ extra: "# standin: never-listen\n" }).text);
    const reply = await daemon.ask("spin_up:x");
    expect(reply.result).toMatchObject({ status: "running", ready: false });
    expect((await daemon.ask("state:")).result).toMatchObject({ running: true, ready: false });
  });

  test("item 27: a child that exits at once is reported at once, its log complete", async () => {
    await using daemon = await start();
    daemon.writeConfig("x.conf", farEnd.config({ extra: "# standin: print=last words,exit-at-once=1\n" }).text);
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

  test("item 28: a port that is taken is named in the error, and nothing is left running", async () => {
    await using daemon = await start();
    const { text, socksPort } = farEnd.config();
    const config = daemon.writeConfig("x.conf", text);
    const squatter = Bun.listen({ hostname: "127.0.0.1", port: socksPort, socket: { data() {} } });
    const { error } = await daemon.ask("spin_up:x");
    expect(error).toContain(`127.0.0.1:${socksPort} is already in use by process ${process.pid}`);
    expect(findProcesses(config)).toEqual([]);
    squatter.stop(true);
    expect((await daemon.ask("spin_up:x")).error).toBeNull();
  });

  test("item 32: a child that ignores SIGTERM is killed", async () => {
    await using daemon = await start();
    daemon.writeConfig("x.conf", farEnd.config({ extra: "# standin: ignore-term\n" }).text);
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

  test("section 4.3: during a start, state shows the child, the same config joins, another is refused, spin_down cancels", async () => {
    await using daemon = await start();
    daemon.writeConfig("x.conf", farEnd.config({ extra: "# standin: listen-after=60000\n" }).text);
    daemon.writeConfig("y.conf", farEnd.config({ client: 1 }).text);
    const starting = daemon.ask("spin_up:x");
    const pid = await until("the child exists", () => statePid(daemon));
    const joining = daemon.ask("spin_up:x");
    expect((await daemon.ask("spin_up:y")).error).toBe("WireProxy is already running with config: x.conf");
    expect((await daemon.ask("spin_down:")).result).toMatchObject({ status: "stopped", previous_config: "x.conf" });
    expect((await starting).error).toStartWith("WireProxy failed to start. Check log: ");
    expect(await joining).toEqual(await starting);
    expect(isAlive(pid)).toBe(false);
  });

  test("section 4.3: during a stop, spin_up waits its turn and then starts", async () => {
    await using daemon = await start();
    daemon.writeConfig("x.conf", farEnd.config({ extra: "# standin: ignore-term\n" }).text);
    daemon.writeConfig("y.conf", farEnd.config({ client: 1 }).text);
    await spinUp(daemon, "x");
    const stopping = daemon.ask("spin_down:");
    await until("the stop is under way", async () => (await daemon.ask("state:")).result?.["running"] === false);
    const next = await daemon.ask("spin_up:y");
    expect(next.result).toMatchObject({ status: "running", config: "y.conf" });
    expect((await stopping).error).toBeNull();
  });

  test("a second signal during a stubborn stop kills the child and exits at once", async () => {
    await using daemon = await start();
    daemon.writeConfig("x.conf", farEnd.config({ extra: "# standin: ignore-term\n" }).text);
    const pid = await spinUp(daemon, "x");
    process.kill(daemon.pid, "SIGTERM");
    await until("the first signal is heard", () => daemon.output().includes("shutting down"));
    expect(await daemon.end("SIGTERM")).toBe(1);
    await until("the child is gone", () => !isAlive(pid));
  });

  test("a child found after kill -9 that never came to listen is stopped", async () => {
    await using daemon = await start();
    daemon.writeConfig("x.conf", farEnd.config({ extra: "# standin: never-listen\n" }).text);
    const starting = daemon.ask("spin_up:x").catch(() => undefined);
    const pid = await until("the child exists", () => statePid(daemon));
    await daemon.end("SIGKILL");
    await starting;
    await daemon.start();
    await until("the child is gone", () => !isAlive(pid));
    expect((await daemon.ask("state:")).result?.["running"]).toBe(false);
  });

  test("the child gets GOGC=10 unless the user set one, and none of the daemon's own variables", async () => {
    for (const [environment, wanted] of [
      [{}, "GOGC=10"],
      [{ GOGC: "50" }, "GOGC=50"],
    ] as const) {
      await using daemon = await startTestDaemon({ environment: { WPDAEMON_WIREPROXY: STAND_IN, ...environment } });
      daemon.writeConfig("x.conf", farEnd.config().text);
      const pid = await spinUp(daemon, "x");
      const variables = readFileSync(`/proc/${pid}/environ`, "utf8").split("\0");
      expect(variables).toContain(wanted);
      expect(variables.filter((variable) => /^BUN_(GC|JSC)_/.test(variable))).toEqual([]);
    }
  });
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
      return `http://${farEnd.address}:${server.port}/`;
    },
    waiting: () => waiting.length,
    release() {
      for (const resolve of waiting) resolve();
      waiting = [];
    },
  };
})();

async function spinUp(daemon: TestDaemon, name: string): Promise<number> {
  const { result, error } = await daemon.ask(`spin_up:${name}`);
  expect(error).toBeNull();
  return Number(result?.["pid"]);
}

async function statePid(daemon: TestDaemon): Promise<number | undefined> {
  const pid = (await daemon.ask("state:")).result?.["pid"];
  return typeof pid === "number" ? pid : undefined;
}
