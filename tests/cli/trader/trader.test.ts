import { describe, expect, test } from "bun:test";
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { freePort } from "../../rig/free-port.ts";
import { temporaryFolder } from "../../rig/temporary-folder.ts";
import { until } from "../../rig/until.ts";
import { CONTRACT, makeDatabase } from "../../viewer/fixture-database.ts";
import { runCommandLine } from "../command-line.ts";
import { type StreamStub, startStreamStub } from "./stream-stub.ts";
import { GIVEN_BACK, openViewerTerminal, TAKEN } from "./viewer-terminal.ts";

const ENTRY = join(import.meta.dir, "../../../src/main.ts");

/** A home with account 7001 in its database. */
function makeHome() {
  const folder = temporaryFolder();
  const database = join(folder.path, "wpdaemon", "wpdaemon.db");
  mkdirSync(join(folder.path, "wpdaemon"));
  makeDatabase(database, Date.now());
  return {
    path: folder.path,
    hash: () => Bun.hash(readFileSync(database)),
    clock: join(folder.path, "wpdaemon", "trader-7001.json"),
    [Symbol.dispose]: () => folder[Symbol.dispose](),
  };
}

function openTrader(home: { readonly path: string }, url: string) {
  return openViewerTerminal([
    process.execPath,
    ENTRY,
    ...["trader", "--account-id", "7001", "--url", url, "--home", home.path],
  ]);
}

async function isConnected(stub: StreamStub): Promise<void> {
  await until("the viewer is connected", () => stub.listeners > 0);
}

const quote = (last: number) => ({
  type: "MarketQuote",
  account_id: 7_001,
  data: { contractId: CONTRACT, bid: last, ask: last, last, timestamp: new Date().toISOString() },
});

const lockout = (reason: string) => ({
  type: "lockout_set",
  account_id: 7_001,
  data: { reason, locked_until: null, rule_id: "RULE-007", locked_at: new Date().toISOString() },
});

describe("on a terminal", () => {
  test("on a terminal, the database is shown first, then the stream; keys choose a tab; the database stays as it was", async () => {
    using home = makeHome();
    using stub = startStreamStub();
    const before = home.hash();
    await using terminal = openTrader(home, stub.url);
    await terminal.shows("● live");
    await terminal.shows(`${CONTRACT}  short  3`);
    for (const [key, text] of [
      ["2", "Lowest unrealised"],
      ["3", "working"],
      ["4", "The rules' limits are not in the feed"],
      ["5", "Broker link"],
      ["6", "not in the feed"],
      ["7", "Not locked."],
      ["8", "REJECT_ORDER"],
      ["1", "Trading day"],
    ] as const) {
      terminal.type(key);
      await terminal.shows(text);
    }
    stub.send({ seq: 50, ...quote(6861.75) });
    await terminal.shows("+15.00");
    terminal.type("q");
    expect(await terminal.ended()).toBe(0);
    expect(home.hash()).toBe(before);
  });

  test("on a terminal, an event is shown at once, harmlessly; an account's of somebody else never", async () => {
    using home = makeHome();
    using stub = startStreamStub();
    await using terminal = openTrader(home, stub.url);
    await terminal.shows("● live");
    stub.sendText("{ this is no event");
    stub.send({ seq: 50, ...lockout("another's"), account_id: 7_002 });
    stub.send({ seq: 51, ...lockout("wait\u001b[2J\u001b]0;title\u0007 a little") });
    await terminal.shows("LOCKED by RULE-007, until it is cleared: wait a little");
    expect(terminal.output).not.toContain("another's");
    expect(terminal.output).not.toContain("\u001b[2J");
    expect(terminal.output).not.toContain("\u001b]0");
    stub.send({ seq: 52, type: "lockout_cleared", account_id: 7_001, data: { cleared_by: "TIMER_EXPIRY" } });
    await terminal.shows("trading resumed (TIMER_EXPIRY)");
  });

  test("on a terminal, a ping is a heartbeat", async () => {
    using home = makeHome();
    using stub = startStreamStub();
    await using terminal = openTrader(home, stub.url);
    await terminal.shows("● live");
    terminal.type("5");
    await terminal.shows("Last heartbeat  -");
    stub.ping();
    await until("it is told", () => /Last heartbeat +\d+s ago/.test(terminal.screen.join("\n")));
  });

  test("on a terminal, a quote is shown with the next tick of the clock, not by a repaint of its own", async () => {
    using home = makeHome();
    using stub = startStreamStub();
    await using terminal = openTrader(home, stub.url);
    await terminal.shows("● live");
    const before = terminal.repaints;
    let sent = 0;
    const quotes = setInterval(() => {
      sent += 1;
      stub.send(quote(6_000 + sent));
    }, 10);
    await until("four more screens", () => terminal.repaints >= before + 4);
    clearInterval(quotes);
    expect(sent).toBeGreaterThan(2 * (terminal.repaints - before));
  });

  test("on a terminal, it follows the terminal's size", async () => {
    using home = makeHome();
    using stub = startStreamStub();
    await using terminal = openTrader(home, stub.url);
    await terminal.shows("● live");
    terminal.resize(30, 8);
    await until("a screen of 8 rows", () => terminal.screen.length === 8);
    for (const line of terminal.screen) expect(Bun.stringWidth(line)).toBeLessThanOrEqual(30);
    terminal.resize(100, 40);
    await until("a screen of 40 rows", () => terminal.screen.length === 40);
  });

  test("on a terminal, I and O are kept in a file of the viewer's own", async () => {
    using home = makeHome();
    using stub = startStreamStub();
    await using terminal = openTrader(home, stub.url);
    await terminal.shows("clocked out");
    terminal.type("i");
    await terminal.shows("clocked in at");
    expect(JSON.parse(readFileSync(home.clock, "utf8"))).toMatchObject({ clockedInAt: expect.any(Number) });
    terminal.type("O");
    await terminal.shows("clocked out");
    expect(JSON.parse(readFileSync(home.clock, "utf8"))).toEqual({ workedMs: expect.any(Number) });
  });

  test("on a terminal, the last known state and its age are shown without a daemon, and what is live once there is one", async () => {
    using home = makeHome();
    const port = freePort();
    await using terminal = openTrader(home, `ws://127.0.0.1:${port}`);
    await terminal.shows("○ last known state, newest entry");
    await terminal.shows(`${CONTRACT}  short  3`);
    using stub = startStreamStub(port);
    await terminal.shows("● live");
    stub.send({ seq: 60, ...lockout("after the outage") });
    await terminal.shows("after the outage");
  });

  test("on a terminal, a daemon that goes away is asked for what was missed", async () => {
    using home = makeHome();
    const first = startStreamStub();
    await using terminal = openTrader(home, first.url);
    await isConnected(first);
    first.send({ seq: 60, ...lockout("before") });
    await terminal.shows("before");
    first[Symbol.dispose]();
    await terminal.shows("○ last known state");
    using second = startStreamStub(first.port);
    await isConnected(second);
    expect([first.questions, second.questions]).toEqual([["?snapshot=1&account=7001"], ["?since=60&account=7001"]]);
  });
});

describe("the terminal is given back", () => {
  test.each([
    ["q", 0],
    ["Q", 0],
    ["\u0003", 0],
  ])("the terminal is given back by %j", async (key, code) => {
    using home = makeHome();
    using stub = startStreamStub();
    await using terminal = openTrader(home, stub.url);
    expect(terminal.isCooked).toBe(true);
    await terminal.shows("● live");
    expect(terminal.isCooked).toBe(false);
    expect(terminal.output).toStartWith(TAKEN);
    terminal.type(key);
    expect(await terminal.ended()).toBe(code);
    await until("the old screen is back", () => terminal.output.endsWith(GIVEN_BACK));
    expect(terminal.isCooked).toBe(true);
  });

  test.each([
    ["SIGINT", 130],
    ["SIGTERM", 143],
    ["SIGHUP", 129],
    ["SIGQUIT", 131],
  ] as const)("by %s", async (signal, code) => {
    using home = makeHome();
    using stub = startStreamStub();
    await using terminal = openTrader(home, stub.url);
    await terminal.shows("● live");
    terminal.kill(signal);
    expect(await terminal.ended()).toBe(code);
    await until("the old screen is back", () => terminal.output.endsWith(GIVEN_BACK));
    expect(terminal.isCooked).toBe(true);
  });

  test("`trader` ends when its terminal goes away", async () => {
    using home = makeHome();
    using stub = startStreamStub();
    await using terminal = openTrader(home, stub.url);
    await terminal.shows("● live");
    terminal.close();
    expect(await terminal.ended()).not.toBe(0);
  });
});

describe("without a terminal", () => {
  function run(home: { readonly path: string }, url: string, ...words: readonly string[]) {
    return Bun.spawn(
      [process.execPath, ENTRY, "trader", "--account-id", "7001", "--url", url, "--home", home.path, ...words],
      { stdin: "ignore", stdout: "pipe", stderr: "pipe", env: { ...process.env, TZ: "UTC" } },
    );
  }

  test("without a terminal, --json gives a document whenever something has changed", async () => {
    using home = makeHome();
    using stub = startStreamStub();
    const before = home.hash();
    const child = run(home, stub.url, "--json");
    const lines = readLines(child.stdout);
    expect(await lines()).toMatchObject({
      account_id: 7_001,
      source: "stream",
      realised: 0,
      unrealised: null,
      // Some of them are of the day before, shortly after 17:00 in New York.
      trades: expect.any(Number),
      positions: [{ contract: CONTRACT, side: "short", size: 3, price: null }],
      working_orders: 2,
      lockout: null,
    });
    stub.send({ seq: 50, ...quote(6861.75) }, { seq: 51, ...lockout("enough") });
    expect(await lines()).toMatchObject({ total: 15, lockout: { rule_id: "RULE-007", locked_until: null } });
    child.kill("SIGTERM");
    await child.exited;
    expect(home.hash()).toBe(before);
  });

  test("without a terminal, a document holds what others said, but no command for a terminal", async () => {
    using home = makeHome();
    using stub = startStreamStub();
    const child = run(home, stub.url, "--json");
    const nextLine = readTextLines(child.stdout);
    await nextLine();
    const reason = "wait\u009b2J a\u202e little";
    stub.send({ seq: 50, ...lockout(reason) });
    const line = await nextLine();
    expect(JSON.parse(line)).toMatchObject({ lockout: { reason } });
    expect(line).not.toMatch(/[\u009b\u202e]/);
    child.kill("SIGTERM");
    await child.exited;
  });

  test("without a terminal, a person gets a line", async () => {
    using home = makeHome();
    const child = run(home, `ws://127.0.0.1:${freePort()}`);
    const reader = child.stdout.getReader();
    const { value } = await reader.read();
    expect(new TextDecoder().decode(value)).toMatch(
      /^\d\d:\d\d:\d\d {2}account 7001 {2}last known state, .* old {2}realised 0\.00 {2}unrealised - {2}1 position {2}2 orders/,
    );
    await reader.cancel();
    // Who writes to nobody ends.
    child.kill("SIGTERM");
    await child.exited;
  });
});

test.each([
  ["trader", "account-id"],
  ["trader --account-id x", "--account-id needs a number"],
  ["trader --account-id 9007199254740993", "--account-id needs a number"],
  ["trader --account-id 1 --url http://localhost", "--url needs the address of a stream"],
])("`trader` refuses a wrong call: %s", async (words, complaint) => {
  using folder = temporaryFolder();
  const run = await runCommandLine([...words.split(" "), "--home", folder.path]);
  expect([run.code, run.output]).toEqual([2, ""]);
  expect(run.complaint).toContain(complaint);
  expect(existsSync(join(folder.path, "wpdaemon"))).toBe(false);
});

/** Gives the next line of a stream each time, as JSON. */
function readLines(stream: ReadableStream<Uint8Array>): () => Promise<unknown> {
  const nextLine = readTextLines(stream);
  return async () => JSON.parse(await nextLine());
}

function readTextLines(stream: ReadableStream<Uint8Array>): () => Promise<string> {
  const reader = stream.getReader();
  const decoder = new TextDecoder();
  let text = "";
  return async () => {
    while (!text.includes("\n")) {
      const { value, done } = await reader.read();
      if (done) throw new Error(`ended after ${JSON.stringify(text)}`);
      text += decoder.decode(value, { stream: true });
    }
    const [line = "", ...rest] = text.split("\n");
    text = rest.join("\n");
    return line;
  };
}
