import { expect, test } from "bun:test";
import { listenTo } from "../../api/stream/listener.ts";
import { startStreamStub } from "../../cli/trader/stream-stub.ts";
import { freePort } from "../../rig/free-port.ts";
import { temporaryFolder } from "../../rig/temporary-folder.ts";
import { until } from "../../rig/until.ts";
import { type Follower, follow } from "./follower.ts";
import { cleared, lockout, quote, trade } from "./sample-events.ts";
import { startStreamDaemon } from "./stream-daemon.ts";

const STATUS = { type: "daemon_status", account_id: null, data: { status: "ERROR", message: "the broker is gone" } };

test("an account's events and those of nobody are delivered, others are not", async () => {
  await using daemon = await startStreamDaemon();
  using filtered = await listenTo(`${daemon.url}?account=1`);
  await using printed = follow("events", "--account", "1", "--url", daemon.url, "--since", "0");
  await using shown = follow("trader", "--account-id", "1", "--url", daemon.url, "--home", daemon.home);
  await until("both are there", () => shown.documents().length > 0 && printed.documents().length > 0);
  await daemon.publish(lockout(2, { reason: "another's" }), lockout(1), STATUS, cleared(2), cleared(1));
  await filtered.received(3);
  expect(filtered.types()).toEqual(["lockout_set", "daemon_status", "lockout_cleared"]);
  await until("the last is printed", () => typesOf(printed).includes("lockout_cleared"));
  expect(typesOf(printed).slice(1)).toEqual(["lockout_set", "daemon_status", "lockout_cleared"]);
  await until("the status is shown", () => shown.documents().at(-1)?.["daemon"] === "ERROR");
  expect(JSON.stringify(shown.documents())).not.toContain("another's");
});

test("a daemon that knows no filter sends everything, and the client drops what is another's", async () => {
  using stub = startStreamStub();
  await using printed = follow("events", "--account", "1", "--url", stub.url);
  await until("it listens", () => stub.listeners === 1);
  stub.send(lockout(2), STATUS, lockout(1));
  await until("its own", () => typesOf(printed).length === 2);
  expect(typesOf(printed)).toEqual(["daemon_status", "lockout_set"]);
});

test("what is malformed is told, an unknown type ignored, and the next event processed", async () => {
  using stub = startStreamStub();
  using home = temporaryFolder();
  await using printed = follow("events", "--url", stub.url);
  await using shown = follow("trader", "--account-id", "1", "--url", stub.url, "--home", home.path);
  await until("they listen", () => stub.listeners === 2);
  const malformed = ["{", "", "null", "[]", '{"type":"lockout_set"}', '{"type":1,"account_id":1,"data":{}}'];
  for (const text of malformed) stub.sendText(text);
  stub.send({ type: "from_the_future", account_id: 1, data: { any: ["thing"] } });
  stub.send(
    { ...lockout(1), data: { reason: 5, rule_id: null, locked_until: [], locked_at: {} } },
    cleared(1),
    lockout(1),
  );
  await until("the last is printed", () => typesOf(printed).length === 4);
  expect(typesOf(printed)).toEqual(["from_the_future", "lockout_set", "lockout_cleared", "lockout_set"]);
  expect(printed.remarks()).toEqual(malformed.map(() => "wpdaemon: ignored a message that is no event"));
  await until("it is shown", () => isObject(shown.documents().at(-1)?.["lockout"]));
  expect(shown.documents().at(-1)).toMatchObject({ lockout: { rule_id: "RULE-003", reason: "a loss" } });
});

test("without a daemon there is the last known state, a warning, and another attempt", async () => {
  await using daemon = await startStreamDaemon();
  await daemon.publish(lockout(1));
  await daemon.process.end("SIGTERM");
  await using printed = follow("events", "--url", daemon.url);
  await using shown = follow("trader", "--account-id", "1", "--url", daemon.url, "--home", daemon.home);
  await until("the state is shown", () => shown.documents().length > 0);
  expect(shown.documents()[0]).toMatchObject({ source: "database", daemon: null, lockout: { rule_id: "RULE-003" } });
  await until("a warning", () => printed.remarks().length > 0);
  expect(printed.remarks()[0]).toStartWith(`wpdaemon: no daemon on ${daemon.url}`);
  let attempts = 0;
  using busy = Bun.listen({
    hostname: "127.0.0.1",
    port: daemon.port,
    socket: {
      data() {},
      open(socket) {
        attempts += 1;
        socket.end();
      },
    },
  });
  await until("they try again", () => attempts >= 2);
  expect(busy.port).toBe(daemon.port);
});

test("neither a daemon nor a database is no reason to fail", async () => {
  using home = temporaryFolder();
  const url = `ws://127.0.0.1:${freePort()}`;
  await using shown = follow("trader", "--account-id", "1", "--url", url, "--home", home.path);
  await until("it says that it knows nothing", () => shown.documents().length > 0);
  expect(shown.documents()[0]).toMatchObject({ source: "none", realised: null, trades: null, lockout: null });
});

test("after a kill and a restart they are live again; nothing is lost, nothing comes twice", async () => {
  await using daemon = await startStreamDaemon();
  await using printed = follow("events", "--types", "GatewayUserTrade", "--url", daemon.url, "--since", "0");
  await using shown = follow("trader", "--account-id", "1", "--url", daemon.url, "--home", daemon.home);
  await until("it is live", () => shown.documents().at(-1)?.["source"] === "stream");
  const numbers: (number | null)[] = [];
  const tradeNow = async () => {
    const executionTime = new Date().toISOString();
    const { results } = await daemon.publish(trade(1, { executionTime }), quote(1, 6_860));
    numbers.push(...results.slice(0, 1).map((result) => ("seq" in result ? result.seq : null)));
  };
  await tradeNow();
  await tradeNow();
  await until("two are printed", () => printed.documents().length === 2);
  await daemon.process.end("SIGKILL");
  await until("the fallback", () => shown.documents().at(-1)?.["source"] === "database");
  await daemon.process.start();
  await tradeNow();
  await until("it is live again", () => shown.documents().at(-1)?.["source"] === "stream");
  await tradeNow();
  await until("all are printed", () => printed.documents().length >= 4);
  await until("all are counted", () => Number(shown.documents().at(-1)?.["trades"]) >= 4);
  expect(printed.documents().map(({ seq }) => Number(seq))).toEqual(numbers.map(Number));
  expect(shown.documents().at(-1)).toMatchObject({ realised: 4, trades: 4 });
});

test("events that come while a viewer starts are each counted once, and in order", async () => {
  await using daemon = await startStreamDaemon();
  let count = 0;
  let isOver = false;
  const executionTime = new Date().toISOString();
  const publishing = (async () => {
    for (; !isOver; count += 1)
      await daemon.publish(trade(1, { executionTime }), lockout(1, { reason: `after ${count}` }));
  })();
  await using viewers = new AsyncDisposableStack();
  const shown = [1, 2, 3, 4].map(() =>
    viewers.use(follow("trader", "--account-id", "1", "--url", daemon.url, "--home", daemon.home)),
  );
  for (const viewer of shown) {
    await until("it is live", () => viewer.documents().at(-1)?.["source"] === "stream");
  }
  isOver = true;
  await publishing;
  for (const viewer of shown) {
    await until("it has seen the last", () =>
      JSON.stringify(viewer.documents().at(-1)).includes(`"after ${count - 1}"`),
    );
    expect(viewer.documents().at(-1)).toMatchObject({ realised: count, trades: count });
  }
  expect(count).toBeGreaterThan(1);
});

function typesOf(follower: Follower): readonly unknown[] {
  return follower.documents().map(({ type }) => type);
}

function isObject(value: unknown): boolean {
  return typeof value === "object" && value !== null;
}
