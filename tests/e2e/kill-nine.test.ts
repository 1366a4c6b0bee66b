import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { startTestDaemon } from "../rig/daemon-process.ts";
import { type FarEnd, startFarEnd } from "../rig/far-end.ts";
import { findProcesses } from "../rig/processes.ts";
import { findWireproxies } from "../rig/programs.ts";
import { openStream, startTicker } from "../rig/streams.ts";
import { until } from "../rig/until.ts";

const ROUNDS = 20;
const STREAMS = 4;

let farEnd: FarEnd;
let web: ReturnType<typeof startTicker>;
const pageUrl = () => `http://${farEnd.address}:${web.port}/`;

beforeAll(async () => {
  farEnd = await startFarEnd();
  web = startTicker();
});
afterAll(async () => {
  await web.stop();
  await farEnd[Symbol.asyncDispose]();
});

for (const { kind, path } of findWireproxies()) {
  describe(`with the ${kind}`, () => {
    test(`${ROUNDS} times kill -9 of the daemon under traffic: no orphan, no broken connection, state right`, async () => {
      await using daemon = await startTestDaemon({ environment: { WPDAEMON_WIREPROXY: path } });
      const { text, socksPort } = farEnd.config();
      const config = daemon.writeConfig("us-east.conf", text);
      expect((await daemon.ask("spin_up:us-east")).error).toBeNull();
      const before = await daemon.ask("state:");
      const streams = Array.from({ length: STREAMS }, () => openStream(socksPort, pageUrl()));
      await until("every stream flows", () => streams.every((stream) => stream.bytes() > 0));

      for (let round = 0; round < ROUNDS; round++) {
        await daemon.end("SIGKILL");
        const marks = streams.map((stream) => stream.bytes());
        await until("traffic flows without a daemon", () =>
          streams.every((stream, n) => stream.bytes() > (marks[n] ?? 0)),
        );
        await daemon.start();
        expect((await daemon.ask("state:")).result).toEqual({ ...before.result, health: expect.any(String) });
        expect(findProcesses(config).length).toBe(1);
      }

      expect(streams.map((stream) => stream.ended())).toEqual(streams.map(() => false));
      expect((await daemon.ask("spin_down:")).error).toBeNull();
      expect(findProcesses(config)).toEqual([]);
      await Promise.all(streams.map((stream) => stream.close()));
    });
    test("kill -9 at any moment of a start leaves no child that the next daemon does not know", async () => {
      await using daemon = await startTestDaemon({ environment: { WPDAEMON_WIREPROXY: path } });
      const config = daemon.writeConfig("us-east.conf", farEnd.config({ client: 1 }).text);
      for (let round = 0; round < ROUNDS; round++) {
        const starting = daemon.ask("spin_up:us-east").catch(() => undefined);
        // The moment is what varies here: a start takes some 30 ms.
        await Bun.sleep(round * 2);
        await daemon.end("SIGKILL");
        await starting;
        await daemon.start();
        await until("what the daemon says is what there is", async () => {
          const { result } = await daemon.ask("state:");
          const pid = result?.["pid"];
          return Bun.deepEquals(findProcesses(config), typeof pid === "number" ? [pid] : []);
        });
        await daemon.ask("spin_down:");
        expect(findProcesses(config)).toEqual([]);
      }
    });
  });
}
