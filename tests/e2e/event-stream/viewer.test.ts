import { Database } from "bun:sqlite";
import { afterAll, beforeAll, expect, test } from "bun:test";
import { readdirSync, readFileSync } from "node:fs";
import { dirname } from "node:path";
import { GIVEN_BACK, TAKEN, type ViewerTerminal } from "../../cli/trader/viewer-terminal.ts";
import { until } from "../../rig/until.ts";
import { findReopening, nameTradingDay } from "./new-york.ts";
import {
  action,
  CONTRACT,
  cleared,
  lockout,
  order,
  position,
  quote,
  type SampleEvent,
  trade,
} from "./sample-events.ts";
import { type StreamDaemon, startStreamDaemon } from "./stream-daemon.ts";
import { findForeign, openTrader } from "./trader-terminal.ts";

let daemon: StreamDaemon;
beforeAll(async () => {
  daemon = await startStreamDaemon();
});
afterAll(() => daemon[Symbol.asyncDispose]());

const watch = (account: number) => openTrader(account, daemon.url, daemon.home);

test("the keys 1 to 8 choose a tab, which shows what was published; other keys do nothing", async () => {
  const executionTime = new Date(Date.now() - 1_000).toISOString();
  await daemon.publish(trade(1, { profitAndLoss: 37.5, executionTime }), position(1, { size: 3 }), order(1));
  await daemon.publish(lockout(1, { reason: "enough" }), action(1, { reason: "too much" }));
  await using terminal = watch(1);
  await terminal.shows("● live");
  for (const [key, ...texts] of [
    ["2", "Realised", "+37.50"],
    ["3", "3 contracts in all", "market", "buy", "working", "No quotes yet."],
    ["4", "RULE-003", "locked", "The rules' limits are not in the feed"],
    ["5", daemon.database, `${daemon.url}/`, "live for"],
    ["6", `Trading day  ${nameTradingDay(findReopening(Date.now()))}`, "not in the feed"],
    ["7", "Trading blocked.", "enough"],
    ["8", "CLOSE_ALL_AND_LOCKOUT", "too much"],
    ["1", "Trading day", `${CONTRACT}  short  3`],
  ] as const) {
    terminal.type(key);
    for (const text of texts) await terminal.shows(text);
  }
  terminal.type("90x\u001b[5~\u001b[A\u001bOP\t ");
  await showsNext(terminal);
  await terminal.shows("Trading day");
  expect(findForeign(terminal)).toEqual([]);
});

test.each(["q", "Q", "\u0003"])("%j gives the terminal back as it was", async (key) => {
  await using terminal = watch(2);
  const before = terminal.flags;
  await terminal.shows("● live");
  expect(terminal.flags).not.toEqual(before);
  expect(terminal.output).toStartWith(TAKEN);
  terminal.type(key);
  expect(await terminal.ended()).toBe(0);
  await until("the old screen is back", () => terminal.output.endsWith(GIVEN_BACK));
  expect(terminal.output.split(GIVEN_BACK)).toHaveLength(2);
  expect(terminal.flags).toEqual(before);
});

test("it follows the size of the terminal", async () => {
  await daemon.publish(lockout(3, { reason: "a long reason, ".repeat(30) }));
  await using terminal = watch(3);
  await terminal.shows("LOCKED by RULE-003");
  for (const [columns, rows] of [
    [30, 8],
    [1, 1],
    [200, 60],
  ] as const) {
    terminal.resize(columns, rows);
    await until(`${rows} rows`, () => terminal.screen.length === rows);
    for (const line of terminal.screen) expect(Bun.stringWidth(line)).toBeLessThanOrEqual(columns);
  }
});

test("a quote is shown with the next tick of the clock, not by a repaint of its own", async () => {
  await daemon.publish(position(4));
  await using terminal = watch(4);
  await terminal.shows("● live");
  const before = terminal.repaints;
  let sent = 0;
  const quotes = setInterval(() => {
    sent += 1;
    void daemon.publish(quote(4, 6_000 + sent));
  }, 10);
  await until("four more screens", () => terminal.repaints >= before + 4);
  clearInterval(quotes);
  expect(sent).toBeGreaterThan(2 * (terminal.repaints - before));
  await terminal.shows(String(6_000 + sent));
});

test("an order that SQLite has in state 2 works; one that the wire has in state 2 is gone", async () => {
  await using own = await startStreamDaemon();
  await own.publish(order(1, { type: 3, side: 2, stopPrice: 6_875.25 }));
  await own.process.end("SIGTERM");
  using database = new Database(own.database, { readonly: true });
  expect(database.query("SELECT state FROM orders").all()).toEqual([{ state: 2 }]);
  database.close();
  await using terminal = openTrader(1, own.url, own.home);
  terminal.type("3");
  await terminal.shows(`${CONTRACT}  stop  sell  1     6875.25  working`);
  await own.process.start();
  await terminal.shows("● live");
  await terminal.shows(`${CONTRACT}  stop  sell  1     6875.25  working`);
  await own.publish(order(1, { state: 2 }));
  await terminal.shows("No working orders.");
});

test("whatever stands in a publisher's text, the terminal gets letters", async () => {
  const evil = [
    "\u001b[2J\u001b]0;title\u0007",
    "\u001b[31mred\u001b[0m",
    "\u009b2J\u0090q\u009c",
    "\u001bPq#0\u001b\\\u001b]52;c;AAAA\u001b\\",
    "\r\n\b\b\u0000\u007f\t\u000b\f\u0085",
    "\u202eright to left\u202c\u2066\u2069\ufeff\u2028\u2029",
    "\u001b",
    "e\u0301 漢字 👩‍👩‍👧 \u001b[",
  ].join("|");
  const events: readonly SampleEvent[] = [
    lockout(5, { reason: evil }),
    action(5, { reason: evil, action: evil.slice(0, 40) }),
    position(5, { contractId: evil.slice(0, 40) }),
    quote(5, 5, { contractId: evil.slice(0, 40) }),
    order(5, { contractId: evil.slice(0, 40) }),
    { type: "daemon_status", account_id: null, data: { status: "ERROR", message: evil } },
  ];
  await using terminal = watch(5);
  await terminal.shows("● live");
  expect((await daemon.publish(...events)).accepted).toBe(events.length);
  await terminal.shows("LOCKED by RULE-003");
  for (const [key, text] of ["1 Lockout", "3 QUOTE", "5 ERROR", "7 Trading blocked.", "8 DONE"].map((each) =>
    each.split(" "),
  )) {
    terminal.type(key ?? "");
    await terminal.shows(text ?? "");
    for (const line of terminal.screen) expect(line).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
    expect(terminal.screen).toHaveLength(40);
  }
  await daemon.publish(cleared(5));
  await terminal.shows("trading resumed");
  expect(findForeign(terminal)).toEqual([]);
});

test.each([
  ["a live daemon", (own: StreamDaemon) => own.publish(lockout(1)), "● live", ["", "-shm", "-wal"]],
  ["a daemon that was stopped", (own: StreamDaemon) => own.process.end("SIGTERM"), "○ last known state", [""]],
  [
    "a daemon that was killed",
    (own: StreamDaemon) => own.process.end("SIGKILL"),
    "○ last known state",
    ["", "-shm", "-wal"],
  ],
])("the database is as it was after a session with %s", async (_, prepare, text, files) => {
  await using own = await startStreamDaemon();
  await own.publish(trade(1), position(1), order(1), lockout(1));
  await prepare(own);
  const hash = () => Bun.hash(readFileSync(own.database));
  const before = hash();
  expect(listDatabase(own)).toEqual(files);
  await using terminal = openTrader(1, own.url, own.home);
  await terminal.shows(text);
  await terminal.shows("LOCKED by RULE-003");
  for (const key of "12345678io") {
    terminal.type(key);
    await showsNext(terminal);
  }
  terminal.type("q");
  expect(await terminal.ended()).toBe(0);
  expect(hash()).toBe(before);
  expect(listDatabase(own)).toEqual(files);
});

test("a viewer that outlives its daemon, twice, is not in its way, and sees what the next one writes", async () => {
  await using own = await startStreamDaemon();
  await using terminal = openTrader(1, own.url, own.home);
  await own.publish(lockout(1, { reason: "the first" }));
  await terminal.shows("the first");
  await own.process.end("SIGTERM");
  await terminal.shows("○ last known state");
  await showsNext(terminal);
  await showsNext(terminal);
  expect(listDatabase(own)).toEqual([""]);
  await own.process.start();
  await own.publish(lockout(1, { reason: "the second" }));
  await terminal.shows("the second");
  await terminal.shows("● live");
  terminal.type("q");
  await terminal.ended();
  await own.process.end("SIGTERM");
  expect(listDatabase(own)).toEqual([""]);
});

/** How the names of the database and of what belongs to it end. */
function listDatabase({ database }: StreamDaemon): readonly string[] {
  return readdirSync(dirname(database), { withFileTypes: true })
    .map(({ name }) => `${dirname(database)}/${name}`)
    .filter((path) => path.startsWith(database))
    .map((path) => path.slice(database.length))
    .sort();
}

test("the lockouts that were seen, and what was done on an earlier day, outlive a lost connection", async () => {
  await using own = await startStreamDaemon();
  await using terminal = openTrader(1, own.url, own.home);
  await terminal.shows("● live");
  const ago = (hours: number) => new Date(Date.now() - hours * 3_600_000).toISOString();
  const [older, newer, done] = [ago(50), ago(49), ago(48)];
  await own.publish(
    lockout(1, { rule_id: "RULE-001", reason: "the older", locked_at: older }),
    lockout(1, { rule_id: "RULE-002", reason: "the newer", locked_at: newer }),
    action(1, { rule_id: "RULE-003", reason: "the newest", timestamp: done }),
  );
  const shown = (time: string) => time.slice(0, 19).replace("T", " ");
  const history = [
    `${shown(done)}  RULE-003  the newest`,
    `${shown(newer)}  RULE-002  the newer`,
    `${shown(older)}  RULE-001  the older`,
  ].join("\n");
  await showsTabs(terminal, history, shown(done));
  await own.process.end("SIGKILL");
  await terminal.shows("○ last known state");
  await own.process.start();
  await terminal.shows("● live");
  await showsTabs(terminal, history, shown(done));
  await own.publish(order(1));
  terminal.type("5");
  await terminal.shows("Newest entry    0s ago");
});

async function showsTabs(terminal: ViewerTerminal, history: string, done: string): Promise<void> {
  terminal.type("7");
  await terminal.shows(`${history}\n\n`);
  terminal.type("8");
  await terminal.shows(`${done}  RULE-003  CLOSE_ALL_AND_LOCKOUT`);
  await terminal.shows("On this trading day: nothing");
}

test("the day is named after the one on which it ends, at 17:00 in New York", async () => {
  const reopening = findReopening(Date.now());
  await daemon.publish(trade(6, { profitAndLoss: -5, executionTime: new Date(reopening - 1_000).toISOString() }));
  await daemon.publish(trade(6, { profitAndLoss: 7, executionTime: new Date(reopening).toISOString() }));
  await using terminal = watch(6);
  await terminal.shows(`Trading day  ${nameTradingDay(reopening)}`);
  await terminal.shows("Realised     +7.00");
  await terminal.shows("Trades       1");
});

/** Waits for a screen that was drawn from now on. */
async function showsNext(terminal: ViewerTerminal): Promise<void> {
  const { repaints } = terminal;
  await until("another screen", () => terminal.repaints > repaints);
}
