import { expect, test } from "bun:test";
import { closeSync } from "node:fs";
import { createLineParts } from "../../../src/daemon/parts/line.ts";
import { createGate } from "../../../src/daemon/succession/gate.ts";
import { askLine } from "../../../src/net/lines/line-client.ts";
import { startLineServer } from "../../../src/net/lines/line-server.ts";
import { freePort, listenOn } from "../../rig/free-port.ts";
import { rejectionOf } from "../../rig/rejection.ts";
import { PATIENCE_MS, until } from "../../rig/until.ts";

test("a client that comes before the tunnels are known waits for them instead of being refused", async () => {
  const known = Promise.withResolvers<void>();
  using rig = await openLine(known.promise);
  const answer = rig.ask("state:");
  expect(await rig.ask("whoami:")).toContain("9.8.7");
  known.resolve();
  expect(await answer).toContain('"running":false');
});

test("a client that comes during a hand-over waits in the socket's queue, where a successor finds it", async () => {
  using rig = await openLine();
  rig.line.lend();
  await rig.line.serving.freeze?.();
  const answer = rig.ask("whoami:");
  await rig.turnOfOtherServer();
  expect(rig.activity()).toBe(0);
  await rig.line.serving.resume?.();
  expect(await answer).toContain("9.8.7");
  expect(rig.activity()).toBe(1);
});

test("a hand-over begins only when requests that are under way have their answers", async () => {
  const known = Promise.withResolvers<void>();
  using rig = await openLine(known.promise);
  const answer = rig.ask("state:");
  await until("it is under way", () => rig.activity() === 1);
  let hasLetGo = false;
  const freezing = Promise.resolve(rig.line.serving.freeze?.()).then(() => {
    hasLetGo = true;
  });
  await rig.turnOfOtherServer();
  expect(hasLetGo).toBe(false);
  known.resolve();
  expect(await answer).toContain('"running":false');
  await freezing;
});

test("requests that wait for a hand-over which fails are answered, also where the port cannot be had again", async () => {
  using rig = await openLine();
  closeSync(rig.line.lend());
  await rig.line.serving.freeze?.();
  const answer = rig.gate.pass(
    async () => "ours",
    async () => "the successor's",
  );
  expect(() => rig.line.serving.resume?.()).toThrow();
  expect(await answer).toBe("ours");
});

test("a port that is taken is an error that says so, and what to do", async () => {
  const port = freePort();
  using _other = listenOn(port);
  const failure = await rejectionOf(Promise.resolve(createLine(port).line.listening.open?.()));
  expect([failure.code, failure.message, failure.hint]).toEqual([
    "address-in-use",
    expect.stringContaining(`127.0.0.1:${port} is already taken by another program`),
    "stop it first, or choose another port with -p",
  ]);
});

async function openLine(known = Promise.resolve()) {
  const rig = createLine(0, known);
  await rig.line.listening.open?.();
  const other = startLineServer({ host: "127.0.0.1", port: 0 }, { unterminated: "?", answer: () => "{}" });
  return {
    ...rig,
    ask: (line: string) => askLine({ host: "127.0.0.1", port: rig.line.port() }, line, PATIENCE_MS),
    /** Whatever listens in this process has had its turns by the time that another server has answered a few times. */
    async turnOfOtherServer() {
      for (let asked = 0; asked < 20; asked += 1)
        await askLine({ host: "127.0.0.1", port: other.port }, "", PATIENCE_MS);
    },
    [Symbol.dispose]() {
      other.stop();
      void rig.line.serving.stop?.("cli-stop");
      rig.line.closeLent();
    },
  };
}

function createLine(port: number, known = Promise.resolve()) {
  let activity = 0;
  const gate = createGate();
  const slot = { spinUp: unasked, spinDown: unasked, status: async () => undefined, occupant: () => undefined };
  const line = createLineParts({
    port,
    gate,
    slot: () => known.then(() => slot),
    listConfigs: async () => [],
    version: "9.8.7",
    audit: () => undefined,
    onActivity: () => void activity++,
  });
  return { line, gate, activity: () => activity };
}

function unasked(): never {
  throw new Error("nobody asks for this here");
}
