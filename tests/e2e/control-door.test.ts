import { expect, test } from "bun:test";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { join } from "node:path";
import { signRequest } from "../api/control/sign-request.ts";
import { callWpdaemon } from "../rig/command-line.ts";
import { startTestDaemon, type TestDaemon } from "../rig/daemon-process.ts";
import { startFarEnd } from "../rig/far-end.ts";
import { freePort } from "../rig/free-port.ts";
import { anonymousMegabytes } from "../rig/memory.ts";
import { STAND_IN } from "../rig/programs.ts";
import { until } from "../rig/until.ts";
import { action } from "./event-stream/sample-events.ts";

const environment = { WPDAEMON_WIREPROXY: STAND_IN };

test("Prometheus reads the figures without a signature where the settings allow it, no page does, and nothing else is open", async () => {
  const port = freePort();
  await using daemon = await startTestDaemon({
    environment,
    settings: `control: { port: ${port}, metrics: true }\n`,
  });
  const ask = async (path: string, init: RequestInit = {}) => {
    const answer = await fetch(`http://127.0.0.1:${port}${path}`, init);
    return [answer.status, await answer.text()] as const;
  };
  expect(await ask("/metrics")).toEqual([200, expect.stringContaining("wpdaemon_build_info")]);
  for (const [path, init] of [
    ["/v1/status", {}],
    ["/metrics/../v1/status", {}],
    ["/metrics", { method: "POST" }],
    ["/metrics", { headers: { "x-remcli-sig": "0" } }],
  ] as const) {
    expect((await ask(path, init))[0]).toBe(401);
  }
  expect((await ask("/metrics", { headers: { origin: "https://example.com" } }))[0]).toBe(403);
  expect((await ask("/metrics", { headers: { host: "rebound.example" } }))[0]).toBe(403);
  await daemon.end("SIGTERM");
});

test("the signed twin on 127.0.0.1: signed requests are answered, others refused, and a hand-over keeps it", async () => {
  const port = freePort();
  await using daemon = await startTestDaemon({ environment, settings: `control: { port: ${port} }\n` });
  const secret = Buffer.from(readFileSync(join(daemon.home, "wpdaemon/secret"), "utf8").trim(), "base64");
  const url = `http://127.0.0.1:${port}/v1/identity`;
  const sign = () => ({
    ...signRequest(secret, { method: "GET", target: "/v1/identity", body: new Uint8Array() }, Date.now()),
  });
  const first = await fetch(url, { headers: sign() });
  expect(await first.json()).toMatchObject({ ok: true, data: { pid: daemon.pid, state: "running" } });
  const unsigned = await fetch(url);
  expect([unsigned.status, await unsigned.json()]).toEqual([
    401,
    { ok: false, error: { code: "unsigned", message: expect.any(String), hint: null } },
  ]);
  const headers = sign();
  await fetch(url, { headers });
  expect(await (await fetch(url, { headers })).json()).toMatchObject({ error: { code: "replayed" } });
  const fromAPage = await fetch(url, { headers: { ...sign(), origin: "https://example.com" } });
  expect(fromAPage.status).toBe(403);

  expect((await callWpdaemon(daemon.home, ["restart"])).code).toBe(0);
  const after = await until("the successor answers there", async () => {
    return await fetch(url, { headers: sign() }).then(
      (answer) => answer.json(),
      () => undefined,
    );
  });
  expect(after).toMatchObject({ ok: true, data: { state: expect.any(String) } });
  expect((await callWpdaemon(daemon.home, ["stop"])).code).toBe(0);
});

test.skipIf(process.platform !== "linux")(
  "what 200 forgers send that nobody can judge yet takes little memory, and the owner is answered meanwhile",
  async () => {
    const port = freePort();
    await using daemon = await startTestDaemon({ environment, settings: `control: { port: ${port} }\n` });
    const secret = Buffer.from(readFileSync(join(daemon.home, "wpdaemon/secret"), "utf8").trim(), "base64");
    const publish = async (count: number, key = secret) => {
      const body = Buffer.from(JSON.stringify(Array.from({ length: count }, () => action(1))));
      const signed = signRequest(key, { method: "POST", target: "/v1/events", body }, Date.now());
      const answer = await fetch(`http://127.0.0.1:${port}/v1/events`, { method: "POST", body, headers: signed });
      return answer.status;
    };
    expect(await publish(1_000)).toBe(200);
    expect(await publish(1_000, Buffer.alloc(32))).toBe(401);
    const before = anonymousMegabytes(daemon.pid);
    const forgers = Array.from({ length: 200 }, () => forge(port));
    const ended = Array.from(forgers, (forger) => once(forger, "close"));
    await Promise.race(ended);
    expect(await publish(1_000)).toBe(200);
    await until(
      "those that were first have made room",
      () => forgers.filter(({ destroyed }) => destroyed).length > 170,
    );
    expect(anonymousMegabytes(daemon.pid) - before).toBeLessThan(100);
    for (const forger of forgers) forger.destroy();
  },
);

/** Somebody whose headers look right, and whose body of 1 MiB lacks its last byte. */
function forge(port: number): Socket {
  const headers = [
    "POST /v1/events HTTP/1.1",
    `Host: 127.0.0.1:${port}`,
    `X-Remcli-Ts: ${Date.now()}`,
    `X-Remcli-Nonce: ${crypto.randomUUID().replaceAll("-", "")}`,
    `X-Remcli-Sig: ${"f".repeat(64)}`,
    "Content-Length: 1048576",
  ];
  const forger = connect(port, "127.0.0.1");
  forger.on("error", () => undefined);
  forger.resume();
  forger.write(`${headers.join("\r\n")}\r\n\r\n`);
  forger.write(Buffer.alloc(1_048_575, "x"));
  return forger;
}

test("metrics, health, events and logs of a running tunnel", async () => {
  await using farEnd = await startFarEnd();
  await using daemon = await startTestDaemon({ environment });
  const events = readEvents(daemon);
  await until("the stream is open", () => events.opened());
  daemon.writeConfig("us-east.conf", farEnd.config().text);
  expect((await callWpdaemon(daemon.home, ["up", "us-east"])).code).toBe(0);
  await until("the start was told", () => events.lines().some(({ to }) => to === "running"));
  expect(events.lines().map(({ type, tunnel, to }) => [type, tunnel, to])).toEqual(
    expect.arrayContaining([
      ["tunnel_state", "us-east", "starting"],
      ["tunnel_state", "us-east", "running"],
    ]),
  );
  await events.stop();
  const metrics = await (await get(daemon, "/metrics")).text();
  expect(metrics).toContain('wpdaemon_tunnel_state{tunnel="us-east",state="running"} 1\n');
  expect(metrics).toMatch(/^wpdaemon_build_info\{.*version="\d+\.\d+\.\d+"/m);
  expect(metrics).toMatch(/^wpdaemon_requests_total\{door="control"\} \d+$/m);
  expect(await (await get(daemon, "/v1/health")).json()).toMatchObject({ ok: true });
  const logs = await callWpdaemon(daemon.home, ["logs", "us-east"]);
  expect(logs.output).toContain("WireProxy Server Log");
  expect(logs.output).not.toContain("Health metric request");
});

function get(daemon: TestDaemon, path: string): Promise<Response> {
  return fetch(`http://localhost${path}`, { unix: join(daemon.home, "wpdaemon/control.sock") });
}

function readEvents(daemon: TestDaemon) {
  const ended = new AbortController();
  let text = "";
  let opened = false;
  const reading = (async () => {
    const answer = await fetch("http://localhost/v1/events", {
      unix: join(daemon.home, "wpdaemon/control.sock"),
      signal: ended.signal,
    });
    opened = true;
    const decoder = new TextDecoder();
    for await (const chunk of answer.body ?? []) text += decoder.decode(chunk, { stream: true });
  })().catch(() => undefined);
  return {
    opened: () => opened,
    lines: (): readonly Record<string, unknown>[] =>
      text
        .split("\n")
        .slice(0, -1)
        .filter((line) => line !== "")
        .map((line) => JSON.parse(line)),
    async stop() {
      ended.abort();
      await reading;
    },
  };
}
