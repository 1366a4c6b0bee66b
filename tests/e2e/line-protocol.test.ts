import { afterAll, beforeAll, expect, test } from "bun:test";
import { EXECUTABLE, startTestDaemon, type TestDaemon } from "../rig/daemon-process.ts";
import { type FarEnd, startFarEnd } from "../rig/far-end.ts";
import { ask, converse } from "../rig/line-client.ts";
import { isAlive } from "../rig/processes.ts";
import { STAND_IN } from "../rig/programs.ts";

let daemon: TestDaemon;
let farEnd: FarEnd;

beforeAll(async () => {
  farEnd = await startFarEnd();
  daemon = await startTestDaemon({ environment: { WPDAEMON_WIREPROXY: STAND_IN } });
});
afterAll(async () => {
  await daemon[Symbol.asyncDispose]();
  await farEnd[Symbol.asyncDispose]();
});

const IDLE = { running: false, config: null, pid: null, log_file: null, health: "idle" };
const NEWLINE_ERROR = { CMD: "unknown", result: null, error: "Newline not found" };
const COLON_ERROR = { CMD: "unknown", result: null, error: "Parsing error: colon not found" };

test("connecting and closing without a word gets no reply and leaves no trace", async () => {
  const before = daemon.readLog(`${daemon.home}/wp-server-logs/audit.log`);
  const exchange = await converse(daemon.port, [], { halfClose: true });
  expect(exchange.text).toBe("");
  expect(daemon.readLog(`${daemon.home}/wp-server-logs/audit.log`)).toBe(before);
});

test("state on a fresh daemon is not running, everything else null", async () => {
  expect(await daemon.ask("state:")).toEqual({ CMD: "state", result: IDLE, error: null });
});

test("a line without a colon is an error", async () => {
  expect(await daemon.ask("state")).toEqual(COLON_ERROR);
});

test("a line that is cut off by a half-close is an error", async () => {
  const exchange = await converse(daemon.port, ["state"], { halfClose: true });
  expect(exchange.replies).toEqual([NEWLINE_ERROR]);
  expect(exchange.closedByServer).toBe(true);
});

test("a line that stays unfinished for a second is given up, and the connection goes on", async () => {
  const exchange = await converse(daemon.port, ["sta", "te:\nstate:\n"], { gap: 1_300, lines: 3 });
  expect(exchange.replies.map((reply) => reply.error)).toEqual([NEWLINE_ERROR.error, "Unknown command: te", null]);
});

test("a request in two packets gets one reply", async () => {
  const exchange = await converse(daemon.port, ["sta", "te:\n"], { gap: 50, halfClose: true });
  expect(exchange.replies).toEqual([{ CMD: "state", result: IDLE, error: null }]);
});

test("two requests in one packet get two replies in order", async () => {
  const exchange = await converse(daemon.port, ["state:\nwhoami:\n"], { halfClose: true });
  expect(exchange.replies.map((reply) => reply.CMD)).toEqual(["state", "whoami"]);
});

test("CRLF and blanks around a command do not matter", async () => {
  for (const line of ["state:\r", " state :", "\tstate:"]) {
    expect(await daemon.ask(line)).toEqual({ CMD: "state", result: IDLE, error: null });
  }
});

test("letter case matters", async () => {
  expect(await daemon.ask("STATE:")).toEqual({ CMD: "STATE", result: null, error: "Unknown command: STATE" });
});

test("a lone colon is an unknown command without name", async () => {
  expect(await daemon.ask(":")).toEqual({ CMD: "", result: null, error: "Unknown command: " });
});

test("an empty line has no colon", async () => {
  expect(await daemon.ask("")).toEqual(COLON_ERROR);
});

test("bytes that are no UTF-8 get an error and disturb nobody", async () => {
  const bystander = converse(daemon.port, ["state:\n", "whoami:\n"], { gap: 100, halfClose: true });
  const exchange = await converse(daemon.port, [new Uint8Array([0xff, 0xfe, 0x3a, 0x0a])], { halfClose: true });
  expect(exchange.replies).toEqual([{ CMD: "unknown", result: null, error: "Parsing error: invalid UTF-8" }]);
  expect((await bystander).replies.length).toBe(2);
});

test("names beyond ASCII survive", async () => {
  expect((await daemon.ask("spin_up:zürich-東京")).error).toBe("Configuration not found: zürich-東京.conf");
});

test("70,000 bytes without LF get the newline error, then the connection is closed", async () => {
  const exchange = await converse(daemon.port, ["x".repeat(70_000)]);
  expect(exchange.replies).toEqual([NEWLINE_ERROR]);
  expect(exchange.closedByServer).toBe(true);
});

test("500 requests on one connection get 500 replies", async () => {
  const packets = Array.from({ length: 500 }, () => "whoami:\n");
  const exchange = await converse(daemon.port, packets, { lines: 500 });
  expect(exchange.replies.length).toBe(500);
});

test("5,000 requests from a client that does not read yet are all answered once it does", async () => {
  const exchange = await converse(daemon.port, ["whoami:\n".repeat(5_000)], { halfClose: true });
  expect(exchange.replies.length).toBe(5_000);
});

test("a reply is one line of JSON that ends with one LF", async () => {
  for (const line of ["state:", "whoami:", "available_confs:", "nonsense", "spin_up:", "spin_down:"]) {
    const { text } = await converse(daemon.port, [`${line}\n`], { halfClose: true });
    expect(text.indexOf("\n")).toBe(text.length - 1);
    expect(Object.keys(JSON.parse(text))).toEqual(["CMD", "result", "error"]);
  }
});

test("whoami names version and implementation", async () => {
  const { result } = await daemon.ask("whoami:");
  expect(result).toEqual({ version: expect.stringMatching(/^\d+\.\d+\.\d+$/), implementation: "TypeScript" });
});

test("spin_up without a name is an error", async () => {
  for (const line of ["spin_up:", "spin_up: ,"]) {
    expect((await daemon.ask(line)).error).toBe("Not enough args: spin_up requires config name");
  }
});

test("spin_down while idle is an error", async () => {
  expect((await daemon.ask("spin_down:")).error).toBe("WireProxy is not running");
});

test("over one real tunnel, looks during a start wait for nothing, and what a web page can send is not obeyed", async () => {
  const config = farEnd.config({ extra: "# standin: listen-after=1000\n" });
  daemon.writeConfig("slow.conf", config.text);
  const starting = daemon.ask("spin_up:slow");

  // A hundred looks during a start, which wait for nothing.
  const first = await Promise.race([starting.then(() => "the start"), daemon.ask("state:").then(() => "a look")]);
  const looks = await Promise.all(Array.from({ length: 100 }, () => daemon.ask("state:")));
  expect(looks.every(({ error }) => error === null)).toBe(true);
  expect(first).toBe("a look");
  const started = await starting;
  expect(started.error).toBeNull();
  const pid = Number(started.result?.["pid"]);

  // What a web page can send.
  const head = "POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 11\r\n\r\n";
  for (const packets of [
    [`${head}spin_down:\n`],
    [head, "spin_down:\n"],
    ["GET /spin_down: HTTP/1.1\r\n\r\nspin_down:\n"],
  ]) {
    const exchange = await converse(daemon.port, packets, { gap: 50 });
    expect(exchange.text).toBe("");
    expect(exchange.closedByServer).toBe(true);
  }
  // TLS' first bytes, and a body that follows.
  const hello = await converse(daemon.port, [new Uint8Array([0x16, 0x03, 0x01, 0x0a]), "spin_down:\n"], { gap: 20 });
  expect(hello.text).toBe("");
  expect(isAlive(pid)).toBe(true);
  expect((await daemon.ask("state:")).result).toMatchObject({ running: true, pid });

  // Surplus arguments are ignored.
  expect((await daemon.ask("spin_down:a,b")).result).toMatchObject({ status: "stopped" });
  expect(isAlive(pid)).toBe(false);
});

test("a second daemon ends with an error that names the holder, the first goes on", async () => {
  const second = Bun.spawn([EXECUTABLE, "--daemon", "-p", String(daemon.port), "--home", `${daemon.home}/other`], {
    stdout: "pipe",
    stderr: "pipe",
  });
  expect(await second.exited).toBe(71);
  const complaint = await second.stderr.text();
  expect(complaint).toContain(`127.0.0.1:${daemon.port} is already taken by another wpdaemon (process ${daemon.pid}`);
  expect((await daemon.ask("whoami:")).error).toBeNull();
});

test("a second daemon on the same folder is refused, on whatever port", async () => {
  const second = Bun.spawn([EXECUTABLE, "--daemon", "-p", "0", "--home", daemon.home], {
    stdout: "pipe",
    stderr: "pipe",
  });
  expect(await second.exited).toBe(75);
  expect(await second.stderr.text()).toContain(`process ${daemon.pid}`);
});

test("1,100 idle connections do not keep a new client out", async () => {
  // Those that have to make room may learn of it while they still connect.
  const idle = await Promise.allSettled(
    Array.from({ length: 1_100 }, () =>
      Bun.connect({ hostname: "127.0.0.1", port: daemon.port, socket: { data() {} } }),
    ),
  );
  expect((await ask(daemon.port, "whoami:")).error).toBeNull();
  const connected = idle.filter((attempt) => attempt.status === "fulfilled");
  expect(connected.length).toBeGreaterThanOrEqual(1_000);
  for (const { value } of connected) value.terminate();
});
