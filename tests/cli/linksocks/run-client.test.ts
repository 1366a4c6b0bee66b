import { expect, test } from "bun:test";
import { readClientOptions } from "../../../src/cli/linksocks/client-options.ts";
import { CLIENT_FLAGS } from "../../../src/cli/linksocks/flags/client-flags.ts";
import { runClient } from "../../../src/cli/linksocks/run-role.ts";
import { parseFlags } from "../../../src/cli/parse-flags.ts";
import type { ClientOptions } from "../../../src/linksocks/options.ts";
import { Failure } from "../../../src/platform/failure.ts";
import { rejectionOf } from "../../rig/rejection.ts";

test("it runs until it has ended, and is stopped then", async () => {
  const rig = createRig(["-p", "1", "-c", "con"]);
  const running = rig.run();
  await rig.started.promise;
  rig.ended.resolve();
  await running;
  expect(rig.options?.socks.port).toBe(1);
  expect(rig.stops).toBe(1);
  expect(rig.logged).toEqual(["warn --connector-token has no effect without --reverse"]);
  expect(rig.options?.now()).toBeNumber();
});

test("a LinkSocks client rejects with what ends it", async () => {
  const rig = createRig([]);
  rig.ended.reject(new Failure("start-failed", "authentication failed: invalid token"));
  const failure = await rejectionOf(rig.run());
  expect([failure.code, failure.message]).toEqual(["start-failed", "authentication failed: invalid token"]);
  expect(rig.stops).toBe(1);
});

test("a LinkSocks client leaves no listener for signals behind", async () => {
  const before = [process.listenerCount("SIGINT"), process.listenerCount("SIGTERM")];
  const rig = createRig([]);
  rig.ended.resolve();
  await rig.run();
  expect([process.listenerCount("SIGINT"), process.listenerCount("SIGTERM")]).toEqual(before);
});

const STATUS = {
  connected: 0,
  channels: 0,
  silentMs: undefined,
  roundTripMs: undefined,
  lastFailure: undefined,
  receivedBytes: 0,
  sentBytes: 0,
};

function createRig(words: readonly string[]) {
  const machine = { environment: {}, processors: 1 };
  const request = readClientOptions("client", parseFlags("linksocks client", CLIENT_FLAGS, words), machine);
  let options: ClientOptions | undefined;
  const rig = {
    started: Promise.withResolvers<void>(),
    ended: Promise.withResolvers<void>(),
    logged: [] as string[],
    stops: 0,
    get options() {
      return options;
    },
    run: () => runClient(request, (level, text) => void rig.logged.push(`${level} ${text}`), start),
  };
  return rig;

  async function start(asked: ClientOptions) {
    options = asked;
    rig.started.resolve();
    return {
      ready: Promise.resolve(),
      ended: rig.ended.promise,
      socksPort: undefined,
      status: () => STATUS,
      retryNow: () => undefined,
      ping: () => Promise.reject(),
      stop: async () => void rig.stops++,
    };
  }
}
