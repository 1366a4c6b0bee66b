import { expect, test } from "bun:test";
import { callWpdaemon } from "../rig/command-line.ts";
import { startTestDaemon, type TestDaemon } from "../rig/daemon-process.ts";
import { freePort } from "../rig/free-port.ts";
import { temporaryFolder } from "../rig/temporary-folder.ts";
import { until } from "../rig/until.ts";
import { type HostileChildren, startHostileChildren } from "./doors/child-doors.ts";

test.concurrent("data that only keep-alives answer is told, with the address and the MTU as what to look at", async () => {
  let sent = 0;
  let received = 0;
  await using scene = await start((children, port) =>
    children.tell(port, () => {
      sent += 480;
      received += 32;
      return countersOf(sent, received);
    }),
  );
  const { reason, action } = await until("it is told", async () => {
    const tunnel = await tunnelOf(scene.daemon);
    return tunnel["health"] === "degraded" ? tunnel : undefined;
  });
  expect(reason).toContain("only keep-alives and handshakes come back");
  expect(action).toContain("MTU");
  expect(action).toContain("Address");
});

test.concurrent("the counters of a peer with as many networks as a config can have are read", async () => {
  const networks = Array.from({ length: 120_000 }, (_, index) => `allowed_ip=2001:db8:${index.toString(16)}::/48\n`);
  await using scene = await start((children, port) =>
    children.tell(port, () => `${countersOf(4_321, 1_234)}${networks.join("")}`),
  );
  const { traffic } = await until("they are read", async () => {
    const tunnel = await tunnelOf(scene.daemon);
    return tunnel["traffic"] === null ? undefined : tunnel;
  });
  expect(traffic).toMatchObject({ sent: 4_321, received: 1_234 });
});

test.concurrent("a peer whose name has come to stand for another address is followed only once its handshakes go unanswered, which the log tells", async () => {
  let looks = 0;
  await using scene = await start((children, port) =>
    children.tell(port, () => {
      looks += 1;
      return countersOf(480, 320).replace("127.0.0.1:9", "127.0.0.2:9");
    }),
  );
  const { daemon, children, port } = scene;
  const before = await tunnelOf(daemon);
  const unanswered =
    "DEBUG: 2026/01/01 00:00:00 peer(q6ur…rq6s) - Handshake did not complete after 5 seconds, retrying (try 2)";
  children.say(port, unanswered);
  await until("it is degraded", async () => (await tunnelOf(daemon))["health"] === "degraded");
  const seen = looks;
  await until("it was looked at again", () => looks > seen + 2);
  expect(await tunnelOf(daemon)).toMatchObject({ health: "degraded", pid: before["pid"], restarts: 0 });
  for (let count = 0; count < 2; count += 1) children.say(port, unanswered);
  await until("another process has its place", async () => (await tunnelOf(daemon))["restarts"] === 1);
  const audit = daemon.readLog(`${daemon.home}/wp-server-logs/audit.log`);
  expect(audit).toMatch(/ending .*: .*the peer has not answered 3 handshakes/);
});

/** A daemon with one tunnel, whose child says what a test wants. */
async function start(prepare: (children: HostileChildren, port: number) => void) {
  const stack = new AsyncDisposableStack();
  const folder = stack.use(temporaryFolder());
  const children = stack.use(startHostileChildren(folder.path));
  const daemon = stack.use(await startTestDaemon({ environment: children.environment }));
  const port = freePort();
  prepare(children, port);
  daemon.writeConfig("a.conf", children.config(port).replace("Endpoint = 127.0.0.1:", "Endpoint = localhost:"));
  expect((await daemon.ask("spin_up:a")).error).toBeNull();
  return { daemon, children, port, [Symbol.asyncDispose]: () => stack[Symbol.asyncDispose]() };
}

function countersOf(sent: number, received: number): string {
  const handshake = Math.floor(Date.now() / 1_000) - 10;
  return `public_key=${"ab".repeat(32)}
endpoint=127.0.0.1:9
last_handshake_time_sec=${handshake}
last_handshake_time_nsec=0
tx_bytes=${sent}
rx_bytes=${received}
persistent_keepalive_interval=0
`;
}

async function tunnelOf(daemon: TestDaemon): Promise<Readonly<Record<string, unknown>>> {
  const { output } = await callWpdaemon(daemon.home, ["status", "--json"]);
  return JSON.parse(output).tunnels[0];
}
