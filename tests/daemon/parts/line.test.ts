import { expect, test } from "bun:test";
import { closeSync } from "node:fs";
import { createLineParts } from "../../../src/daemon/parts/line.ts";
import { createGate } from "../../../src/daemon/succession/gate.ts";
import { askLine } from "../../../src/net/lines/line-client.ts";
import { startLineServer } from "../../../src/net/lines/line-server.ts";
import { freePort, listenOn } from "../../rig/free-port.ts";
import { rejectionOf } from "../../rig/rejection.ts";
import { accepts } from "../../rig/socks.ts";
import { PATIENCE_MS, until } from "../../rig/until.ts";

test("a client that comes before the tunnels are known waits for them instead of being refused", async () => {
  const known = Promise.withResolvers<void>();
  using rig = await openLine(known.promise);
  const answer = rig.ask("state:");
  expect(await rig.ask("whoami:")).toContain("9.8.7");
  known.resolve();
  expect(await answer).toContain('"running":false');
});

test("who asks during a hand-over is answered at once, and who wants a change waits for its end", async () => {
  using rig = await openLine();
  await rig.line.serving.freeze?.();
  expect(await rig.ask("whoami:")).toContain("9.8.7");
  const change = rig.ask("spin_down:");
  await rig.turnOfOtherServer();
  expect(rig.spinDowns()).toBe(0);
  await rig.line.serving.resume?.([]);
  expect(await change).toContain("not one to be stopped");
});

test("a hand-over begins only when changes that are under way have their answers", async () => {
  const known = Promise.withResolvers<void>();
  using rig = await openLine(known.promise);
  const answer = rig.ask("spin_down:");
  await until("it is under way", () => rig.activity() === 1);
  let hasLetGo = false;
  const freezing = Promise.resolve(rig.line.serving.freeze?.()).then(() => {
    hasLetGo = true;
  });
  await rig.turnOfOtherServer();
  expect(hasLetGo).toBe(false);
  known.resolve();
  expect(await answer).toContain("not one to be stopped");
  await freezing;
});

test("a successor listens on the socket that it inherits, and not before it can answer", async () => {
  using former = await openLine();
  const sockets = former.line.listening.lend?.() ?? [];
  const next = createLine(former.line.port(), Promise.resolve(), true);
  try {
    await next.line.listening.open?.(sockets);
    expect(await former.ask("whoami:")).toContain("9.8.7");
    expect([former.activity(), next.activity()]).toEqual([1, 0]);
    await next.line.serving.open?.([]);
    void former.line.serving.drain?.();
    expect(await former.ask("whoami:")).toContain("9.8.7");
    expect([former.activity(), next.activity()]).toEqual([1, 1]);
  } finally {
    for (const socket of sockets) closeSync(socket);
    await next.line.serving.stop?.("cli-stop");
  }
});

test("who waits for a hand-over to end is answered by the successor", async () => {
  using former = await openLine();
  const sockets = former.line.listening.lend?.() ?? [];
  const next = createLine(former.line.port(), Promise.resolve(), true);
  try {
    await next.line.listening.open?.(sockets);
    await former.line.serving.freeze?.();
    const change = former.ask("spin_down:");
    await until("it has come", () => former.activity() === 1);
    await next.line.serving.open?.([]);
    void former.line.serving.drain?.();
    expect(await change).toContain("not one to be stopped");
    expect([former.spinDowns(), next.spinDowns()]).toEqual([0, 1]);
  } finally {
    for (const socket of sockets) closeSync(socket);
    await next.line.serving.stop?.("cli-stop");
  }
});

test("a daemon that was succeeded stays for clients that keep their connection, and lets in no others", async () => {
  using rig = await openLine();
  const client = await Bun.connect({ hostname: "127.0.0.1", port: rig.line.port(), socket: { data() {} } });
  // The server has taken it before one that comes later is answered.
  await rig.ask("whoami:");
  let hasGone = false;
  const drained = rig.line.serving.drain?.().then(() => {
    hasGone = true;
  });
  expect(await accepts(rig.line.port())).toBe(false);
  await rig.turnOfOtherServer();
  expect(hasGone).toBe(false);
  client.end();
  await drained;
});

test("a stop gives the port back", async () => {
  using rig = await openLine();
  const port = rig.line.port();
  expect(await accepts(port)).toBe(true);
  await rig.line.serving.stop?.("cli-stop");
  expect(await accepts(port)).toBe(false);
});

test("a port that is taken is an error that says so, and what to do", async () => {
  const port = freePort();
  using _other = listenOn(port);
  const failure = await rejectionOf(Promise.resolve(createLine(port).line.listening.open?.([])));
  expect([failure.code, failure.message, failure.hint]).toEqual([
    "address-in-use",
    expect.stringContaining(`127.0.0.1:${port} is already taken by another program`),
    "stop it first, or choose another port with -p",
  ]);
});

async function openLine(known = Promise.resolve()) {
  const rig = createLine(0, known);
  await rig.line.listening.open?.([]);
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
    },
  };
}

function createLine(port: number, known = Promise.resolve(), takesOver = false) {
  let activity = 0;
  let spinDowns = 0;
  const gate = createGate();
  const slot = { spinUp: unasked, spinDown, status: async () => undefined, occupant: () => undefined };
  const line = createLineParts({
    port,
    users: "all",
    auditsQuestions: false,
    gate,
    takesOver,
    slot: () => known.then(() => slot),
    listConfigs: async () => [],
    version: "9.8.7",
    audit: () => undefined,
    onActivity: () => void activity++,
  });
  return { line, gate, activity: () => activity, spinDowns: () => spinDowns };

  function spinDown(): never {
    spinDowns += 1;
    throw new Error("not one to be stopped");
  }
}

function unasked(): never {
  throw new Error("nobody asks for this here");
}
