import { describe, expect, test } from "bun:test";
import { callWpdaemon } from "../rig/command-line.ts";
import { startTestDaemon } from "../rig/daemon-process.ts";
import { startFarEnd } from "../rig/far-end.ts";
import { ask } from "../rig/line-client.ts";
import { findWireproxies } from "../rig/programs.ts";
import { startRelay } from "../rig/relay.ts";
import { openStream, startTicker } from "../rig/streams.ts";
import { until } from "../rig/until.ts";

for (const { kind, path } of findWireproxies()) {
  describe(`with the ${kind}`, () => {
    test("a path that turns into a black hole is told, left alone, and carries again after its return", async () => {
      await using farEnd = await startFarEnd();
      await using relay = await startRelay(farEnd.endpoint);
      await using daemon = await startTestDaemon({ environment: { WPDAEMON_WIREPROXY: path } });
      await using web = startTicker();
      const { text, socksPort } = farEnd.config({ endpoint: relay.address });
      daemon.writeConfig("us-east.conf", text);
      const started = await daemon.ask("spin_up:us-east");
      expect(started.error).toBeNull();
      const url = `http://${farEnd.address}:${web.port}/`;
      await using stream = openStream(socksPort, url);
      await until("the stream flows", () => stream.bytes() > 0);
      await until("it is told healthy", async () => (await health(daemon.port)) === "healthy");

      await relay.tell("drop");
      await using argus = watchLikeArgus(daemon.port);
      await using wanting = wantTraffic(socksPort, url);
      // 13 s where nothing else runs, which the bench measures.
      await until("it is told", async () => ["degraded", "down"].includes(await health(daemon.port)));
      const told = await callWpdaemon(daemon.home, ["status", "--json"]);
      expect(JSON.parse(told.output).tunnels[0]).toMatchObject({
        name: "us-east",
        state: "running",
        action: expect.any(String),
      });

      await relay.tell("pass");
      await until("it carries again", async () => await fetchesWithin(socksPort, farEnd.address, web.port));
      await until("it is told healthy again", async () => (await health(daemon.port)) === "healthy");
      expect(stream.ended()).toBe(false);
      expect((await daemon.ask("state:")).result).toMatchObject({ pid: started.result?.["pid"], running: true });
      await wanting.stop();
      await argus.stop();
      expect(argus.errors).toEqual([]);
    });
  });
}

async function health(port: number): Promise<string> {
  return String((await ask(port, "state:")).result?.["health"]);
}

/** Somebody wants to be carried all the while. */
function wantTraffic(socksPort: number, url: string): Watch {
  let over = false;
  const running = (async () => {
    while (!over) {
      const curl = Bun.spawn(
        ["curl", "-s", "-o", "/dev/null", "--max-time", "2", "--socks5-hostname", `127.0.0.1:${socksPort}`, url],
        { stdout: "ignore", stderr: "ignore" },
      );
      await curl.exited;
    }
  })();
  return watch(async () => {
    over = true;
    await running;
  });
}

interface Watch extends AsyncDisposable {
  stop(): Promise<void>;
}

function watch(stop: () => Promise<void>): Watch {
  return { stop, [Symbol.asyncDispose]: stop };
}

/** The sequence before each connection, again and again; `errors` has every one that the line protocol gave. */
function watchLikeArgus(port: number): Watch & { readonly errors: readonly string[] } {
  const errors: string[] = [];
  let over = false;
  const running = (async () => {
    while (!over) {
      const state = await ask(port, "state:");
      if (state.result?.["running"] !== true) {
        const up = await ask(port, "spin_up:us-east");
        if (up.error !== null) errors.push(up.error);
      }
      await Bun.sleep(100);
    }
  })();
  const stop = async () => {
    over = true;
    await running.catch((error) => errors.push(String(error)));
  };
  return { ...watch(stop), errors };
}

/** The ticker never ends: the first bytes of a new connection are enough. */
async function fetchesWithin(socksPort: number, host: string, port: number): Promise<boolean> {
  await using stream = openStream(socksPort, `http://${host}:${port}/`);
  try {
    await until("first bytes", () => stream.bytes() > 0, 4_000);
    return true;
  } catch {
    return false;
  }
}
