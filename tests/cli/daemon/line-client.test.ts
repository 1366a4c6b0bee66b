import { expect, test } from "bun:test";
import { createDaemonClient } from "../../../src/cli/daemon/line-client.ts";
import { startLineServer } from "../../../src/net/lines/line-server.ts";
import { freePort } from "../../rig/free-port.ts";
import { rejectionOf } from "../../rig/rejection.ts";

const RUNNING = { running: true, config: "us.conf", pid: 4242, log_file: "/logs/1_us.log" };

test("every request is the line that the protocol has for it, and its result comes back", async () => {
  using daemon = answering({
    "whoami:": { version: "2.0.0", implementation: "TypeScript" },
    "state:": RUNNING,
    "available_confs:": { count: 1, configs: ["us.conf"] },
    "spin_up:us": { status: "running", config: "us.conf", pid: 4242, log_file: "/logs/1_us.log", ready: false },
    "spin_down:": { status: "stopped", previous_config: "us.conf", log_file: null },
  });
  const client = createDaemonClient(daemon.port);
  expect(await client.whoami()).toEqual({ version: "2.0.0", implementation: "TypeScript" });
  expect(await client.state()).toEqual({ ...RUNNING, ready: true });
  expect(await client.configs()).toEqual(["us.conf"]);
  expect(await client.spinUp("us")).toMatchObject({ pid: 4242, ready: false });
  expect(await client.spinDown()).toEqual({ previous_config: "us.conf", log_file: null });
});

test("a refusal is a Failure with the daemon's own words", async () => {
  using daemon = answering({});
  const client = createDaemonClient(daemon.port);
  const refusals = await Promise.all([client.spinUp("us"), client.spinDown()].map(rejectionOf));
  expect(refusals.map((failure) => [failure.code, failure.message])).toEqual([
    ["start-failed", "no spin_up:us"],
    ["stop-failed", "no spin_down:"],
  ]);
});

test("a daemon that does not know whoami is Argus' own", async () => {
  using daemon = answering({});
  expect(await createDaemonClient(daemon.port).whoami()).toEqual({ version: "unknown", implementation: "Python" });
});

test("where nobody listens, the message names the port and the hint says how to start a daemon", async () => {
  const port = freePort();
  const failure = await rejectionOf(createDaemonClient(port).state());
  expect([failure.code, failure.message]).toEqual([
    "daemon-unreachable",
    `no daemon answers on 127.0.0.1:${port}: nothing listens there`,
  ]);
  expect(failure.hint).toContain("wpdaemon start");
});

test.each([
  ["220 mail.example ESMTP", "what answers there is no WpDaemon"],
  ['{"CMD":"state"}', "what answers there is no WpDaemon"],
  ['{"CMD":"state","result":{"running":"yes"},"error":null}', "its answer to state makes no sense"],
])("an answer that is none of a daemon's is told so: %s", async (reply, reason) => {
  using daemon = serving(() => reply);
  const failure = await rejectionOf(createDaemonClient(daemon.port).state());
  expect([failure.code, failure.message]).toEqual([
    "daemon-unreachable",
    `no daemon answers on 127.0.0.1:${daemon.port}: ${reason}`,
  ]);
});

/** A daemon that gives each line its result, and an error to every other one. */
function answering(results: Readonly<Record<string, object>>) {
  return serving((line) => {
    const result = results[line] ?? null;
    return JSON.stringify({ CMD: line, result, error: result === null ? `no ${line}` : null });
  });
}

function serving(answer: (line: string) => string): { readonly port: number; [Symbol.dispose](): void } {
  const server = startLineServer(
    { host: "127.0.0.1", port: 0 },
    { unterminated: "", answer: (line) => answer(new TextDecoder().decode(line)) },
  );
  return { port: server.port, [Symbol.dispose]: () => server.stop() };
}
