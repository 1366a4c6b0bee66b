import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { freePort } from "../../rig/free-port.ts";
import { until } from "../../rig/until.ts";
import { CONTRACT } from "../../viewer/fixture-database.ts";
import { startStreamStub } from "./stream-stub.ts";
import { isConnected, lockout, makeHome, openTrader, quote } from "./trader-rig.ts";

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
