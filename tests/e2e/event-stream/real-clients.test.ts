import { afterAll, expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { callWpdaemon } from "../../rig/command-line.ts";
import { EXECUTABLE, startTestDaemon, type TestDaemon } from "../../rig/daemon-process.ts";
import { startLogged } from "../../rig/logged-process.ts";
import { lacksProgram } from "../../rig/needs-program.ts";
import { until } from "../../rig/until.ts";

const PYTHON = join(import.meta.dir, "../../../.tools/python/bin/python");
const LISTENER = join(import.meta.dir, "../../interop/event_listener.py");
const BROWSERS = ["chromium", "chromium-browser", "google-chrome"] as const;
const HAS_NO_BROWSER = lacksProgram(...BROWSERS);
if (HAS_NO_BROWSER) console.log(`none of ${BROWSERS.join(", ")} is on PATH: no page tries to listen to the stream`);
/** Our pages alone: nothing that the browser asks for by itself. */
const BROWSER_FLAGS = [
  ...["--headless", "--no-sandbox", "--disable-gpu", "--remote-debugging-port=0", "--no-first-run"],
  ...["--disable-quic", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
];

const open: WebSocket[] = [];
afterAll(() => {
  for (const socket of open) socket.terminate();
});

test.each(["websocket-client", "websockets"])("Python's %s hears what is published, in order", async (library) => {
  await using daemon = await startTestDaemon();
  using listener = startLogged([PYTHON, LISTENER, library, streamUrl(daemon), "3"]);
  await until("it listens", () => listener.output().includes("open\n"));
  const published = await publish(daemon, [lockout(7_001), cleared(7_001), lockout(7_002)]);
  expect(published).toMatchObject({ code: 0, output: "3 accepted, 0 rejected\n" });
  expect(await listener.ended).toBe(0);
  expect(listener.output()).toBe('open\n["lockout_set", 7001]\n["lockout_cleared", 7001]\n["lockout_set", 7002]\n');
});

test.each(["websocket-client", "websockets"])("Python's %s is refused with a web page's origin", async (library) => {
  await using daemon = await startTestDaemon();
  using listener = startLogged([PYTHON, LISTENER, library, streamUrl(daemon), "1", "https://evil.example"]);
  await listener.ended;
  expect(listener.output()).toContain("403");
  expect(listener.output()).not.toContain("open");
});

test("kill -9 in the midst of publishing: whatever was acknowledged is there after a restart, in order, once", async () => {
  await using daemon = await startTestDaemon();
  const count = 20_000;
  const file = join(daemon.home, "events.jsonl");
  const lines = Array.from({ length: count }, (_, index) => JSON.stringify(lockout(index + 1)));
  writeFileSync(file, `${lines.join("\n")}\n`);
  const publishing = startLogged([EXECUTABLE, "events", "publish", file, "--json", "--home", daemon.home]);
  for (const acknowledged of [1_000, 5_000]) {
    await until("some are acknowledged", () => publishing.output().split('"seq"').length > acknowledged);
    await daemon.end("SIGKILL");
    await daemon.start();
  }
  expect(await publishing.ended).toBe(0);
  const numbers = [...publishing.output().matchAll(/"seq":(\d+)/g)].map(([, seq]) => Number(seq));
  publishing[Symbol.dispose]();
  expect(numbers.length).toBe(count);
  const heard: { seq: number; type: string; account_id: number | null }[] = [];
  await listen(`${streamUrl(daemon)}?types=lockout_set&since=${(numbers[count - 9_000] ?? 0) - 1}`, heard);
  await until("the last is replayed", () => heard.at(-1)?.account_id === count);
  const accounts = heard.filter(({ type }) => type === "lockout_set").map(({ account_id }) => account_id);
  expect(accounts).toEqual(Array.from({ length: 9_000 }, (_, index) => count - 9_000 + index + 1));
});

test("an upgrade closes the stream's clients, and they go on where they were", async () => {
  await using daemon = await startTestDaemon();
  await publish(daemon, [lockout(1)]);
  const before: { seq: number }[] = [];
  const socket = await listen(`${streamUrl(daemon)}?since=0`, before);
  const closed = new Promise<number>((resolve) => socket.addEventListener("close", ({ code }) => resolve(code)));
  await until("the first", () => before.length >= 2);
  expect((await callWpdaemon(daemon.home, ["restart"])).code).toBe(0);
  expect(await closed).toBe(1001);
  expect(before.at(-1)).toMatchObject({ type: "daemon_status", data: { status: "STOPPING" } });
  await publish(daemon, [lockout(2)]);
  const url = await until("the successor's stream", () => {
    const ports = [...daemon.output().matchAll(/Event stream on (ws:\S+)/g)];
    return ports.length > 1 ? ports.at(-1)?.[1] : undefined;
  });
  const after: { seq: number; type: string }[] = [];
  await listen(`${url}?since=${before.at(-1)?.seq}`, after);
  await until("what was missed", () => after.some(({ type }) => type === "lockout_set"));
  expect(after.filter(({ type }) => type !== "tunnel_state").map(({ type }) => type)).toEqual([
    "daemon_status",
    "lockout_set",
  ]);
  expect((await callWpdaemon(daemon.home, ["stop"])).code).toBe(0);
});

test.skipIf(HAS_NO_BROWSER).each([
  ["that nobody has allowed cannot listen", false, "REFUSED"],
  ["that the settings allow can", true, "LISTENING"],
])(
  "a page in a browser %s",
  async (_, isAllowed, expected) => {
    let page = "";
    const told = Promise.withResolvers<string>();
    const site = Bun.serve({
      hostname: "127.0.0.1",
      port: 0,
      fetch({ url }) {
        const { pathname, search } = new URL(url);
        if (pathname === "/told") told.resolve(search);
        return new Response(page, { headers: { "content-type": "text/html" } });
      },
    });
    const origins = isAllowed ? [`http://127.0.0.1:${site.port}`] : [];
    await using daemon = await startTestDaemon({ settings: `stream: { origins: ${JSON.stringify(origins)} }\n` });
    page = `<body><script>
    const socket = new WebSocket("${streamUrl(daemon)}");
    socket.onopen = () => fetch("/told?LISTENING");
    socket.onerror = () => fetch("/told?REFUSED");
  </script></body>`;
    const program = BROWSERS.find((name) => Bun.which(name) !== null) ?? BROWSERS[0];
    const browser = Bun.spawn(
      [program, ...BROWSER_FLAGS, `--user-data-dir=${daemon.home}/browser`, `http://127.0.0.1:${site.port}/`],
      { stdout: "ignore", stderr: "ignore", env: { PATH: process.env["PATH"], HOME: daemon.home } },
    );
    try {
      expect(await told.promise).toBe(`?${expected}`);
    } finally {
      browser.kill("SIGTERM");
      await browser.exited;
      await site.stop(true);
    }
  },
  60_000,
);

function streamUrl(daemon: TestDaemon): string {
  return `ws://127.0.0.1:${streamPort(daemon)}`;
}

function streamPort(daemon: TestDaemon): number {
  const port = /Event stream on ws:\/\/localhost:(\d+)/.exec(daemon.output())?.[1];
  if (port === undefined) throw new Error(`no stream: ${daemon.output()}`);
  return Number(port);
}

/** Puts what it hears into `heard`. */
async function listen(url: string, heard: unknown[]): Promise<WebSocket> {
  const socket = new WebSocket(url);
  open.push(socket);
  socket.onmessage = ({ data }) => void heard.push(JSON.parse(String(data)));
  await new Promise<void>((resolve, reject) => {
    socket.onopen = () => resolve();
    socket.onerror = ({ message }) => reject(new Error(message));
  });
  return socket;
}

async function publish(daemon: TestDaemon, events: readonly object[]) {
  const file = join(daemon.home, `events-${crypto.randomUUID()}.jsonl`);
  writeFileSync(file, events.map((event) => `${JSON.stringify(event)}\n`).join(""));
  return await callWpdaemon(daemon.home, ["events", "publish", file]);
}

function lockout(account: number) {
  const data = { reason: "of a test", locked_until: null, rule_id: "RULE-003", locked_at: "2025-11-04T15:05:00Z" };
  return { type: "lockout_set", account_id: account, data };
}

function cleared(account: number) {
  const data = { cleared_at: "2025-11-04T15:10:00Z", cleared_by: "TIMER_EXPIRY" };
  return { type: "lockout_cleared", account_id: account, data };
}
