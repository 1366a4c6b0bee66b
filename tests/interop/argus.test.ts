import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { startTestDaemon, type TestDaemon } from "../rig/daemon-process.ts";
import { type FarEnd, startFarEnd } from "../rig/far-end.ts";
import { freePort } from "../rig/free-port.ts";
import { isAlive } from "../rig/processes.ts";
import { findWireproxies } from "../rig/programs.ts";

const PYTHON = join(import.meta.dir, "../../.tools/python/bin/python");
const CLIENT = join(import.meta.dir, "argus_client.py");
const PAGE = "the page behind the tunnel";

let farEnd: FarEnd;
let server: ReturnType<typeof startServer>;

beforeAll(async () => {
  if (!existsSync(PYTHON)) throw new Error("the Python client's packages are missing: run make test");
  farEnd = await startFarEnd();
  server = startServer();
});
afterAll(async () => {
  await farEnd[Symbol.asyncDispose]();
  await server.stop(true);
});

for (const { kind, path } of findWireproxies()) {
  describe(`an Argus-style client, with the ${kind}`, () => {
    test("Argus' client finds the daemon, sets a tunnel up, and carries requests through it", async () => {
      await using scene = await setScene(path);
      expect(await scene.argus("probe")).toBe(true);
      const first = await scene.argus("set-up", "us-east.conf");
      expect(first).toMatchObject({ config: "us-east.conf", pid: expect.any(Number) });
      // A second dispatcher finds it running.
      expect(await scene.argus("set-up", "us-east")).toMatchObject({ config: "us-east.conf" });
      expect(await scene.argus("fetch", `http://${farEnd.address}:${server.port}/`)).toBe(PAGE);
      expect(await scene.argus("fetch", `http://exchange.test:${server.port}/`)).toBe(PAGE);
    });

    test("Argus' client carries a websocket through websocket-client and PySocks", async () => {
      await using scene = await setScene(path);
      await scene.argus("set-up", "us-east");
      const echoed = await scene.argus("websocket", `ws://${farEnd.address}:${server.port}/`, "200");
      expect(Array.isArray(echoed) && echoed.length).toBe(200);
    });

    test("Argus' client changes to another config", async () => {
      await using scene = await setScene(path);
      await scene.argus("set-up", "us-east");
      expect(await scene.argus("set-up", "eu-west")).toMatchObject({ config: "eu-west.conf" });
      expect(await scene.argus("fetch", `http://${farEnd.address}:${server.port}/`)).toBe(PAGE);
    });

    test("twelve dispatchers that reconnect at once all get the same tunnel", async () => {
      await using scene = await setScene(path);
      const outcomes = await scene.argus("dispatchers", "us-east", "12");
      expect(new Set(Array.isArray(outcomes) ? outcomes : [])).toEqual(new Set([expect.any(Number)]));
    });

    test("twelve dispatchers after the child's death all get the next one", async () => {
      await using scene = await setScene(path);
      await scene.argus("set-up", "us-east");
      const pid = Number((await scene.daemon.ask("state:")).result?.["pid"]);
      process.kill(pid, "SIGKILL");
      const outcomes = await scene.argus("dispatchers", "us-east", "12");
      expect(JSON.stringify(outcomes)).not.toContain("dead");
      expect(isAlive(Number(Array.isArray(outcomes) ? outcomes[0] : 0))).toBe(true);
    });

    test("the brute-force tester succeeds over five configs, with its own pauses", async () => {
      await using scene = await setScene(path);
      const names = ["c0", "c1", "c2", "c3", "c4"];
      for (const [client, name] of names.entries()) {
        scene.daemon.writeConfig(`${name}.conf`, farEnd.config({ client, socksPort: scene.socksPort }).text);
      }
      const carried = await scene.argus("brute", ...names);
      expect(carried).toEqual(Object.fromEntries(names.map((name) => [name, PAGE])));
    });
  });
}

interface Scene {
  readonly daemon: TestDaemon;
  readonly socksPort: number;
  argus(...words: string[]): Promise<unknown>;
  [Symbol.asyncDispose](): Promise<void>;
}

async function setScene(program: string): Promise<Scene> {
  const daemon = await startTestDaemon({ environment: { WPDAEMON_WIREPROXY: program } });
  const socksPort = freePort();
  daemon.writeConfig("us-east.conf", farEnd.config({ socksPort }).text);
  daemon.writeConfig("eu-west.conf", farEnd.config({ client: 1, socksPort }).text);
  return {
    daemon,
    socksPort,
    async argus(...words) {
      const client = Bun.spawn([PYTHON, CLIENT, String(daemon.port), String(socksPort), ...words], {
        env: { PATH: process.env["PATH"], PAGE_URL: `http://${farEnd.address}:${server.port}/` },
        stdout: "pipe",
        stderr: "pipe",
      });
      const [output, complaint, code] = await Promise.all([client.stdout.text(), client.stderr.text(), client.exited]);
      if (code !== 0) {
        const audit = daemon.readLog(`${daemon.home}/wp-server-logs/audit.log`);
        throw new Error(`${words.join(" ")}: ${complaint}\nThe daemon's side of it:\n${audit}`);
      }
      return JSON.parse(output);
    },
    [Symbol.asyncDispose]: () => daemon[Symbol.asyncDispose](),
  };
}

/** Serves the page, and echoes websocket messages. */
function startServer() {
  return Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    fetch: (request, self) => (self.upgrade(request) ? undefined : new Response(PAGE)),
    websocket: { message: (socket, message) => void socket.send(message) },
  });
}
