import { expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { listenTo } from "../api/stream/listener.ts";
import { cleared, position, quote } from "../e2e/event-stream/sample-events.ts";
import { startStreamDaemon } from "../e2e/event-stream/stream-daemon.ts";
import { callWpdaemon } from "../rig/command-line.ts";
import { startTestDaemon } from "../rig/daemon-process.ts";
import { webOk } from "../rig/linksocks-checks.ts";
import {
  authFrame,
  channelId,
  connectFrame,
  connectWithoutTarget,
  frame,
  logFrame,
  str8,
  TYPE,
} from "../rig/linksocks-frames.ts";
import { OWN_LINKSOCKS } from "../rig/linksocks-own.ts";
import { startSink, startWebTarget } from "../rig/linksocks-targets.ts";
import { anonymousMegabytes, openDescriptors } from "../rig/memory.ts";
import { openRawLink } from "../rig/raw-link.ts";
import { startRawServer } from "../rig/raw-server.ts";
import { temporaryFolder } from "../rig/temporary-folder.ts";
import { until } from "../rig/until.ts";

const isLinux = process.platform === "linux";
const MEBIBYTE = 1024 * 1024;
const UDP = 2;

test.each([
  ["a header of blanks", `[${" ".repeat(64 * 1024)}`],
  ["a mebibyte of keys that nobody knows", `[Interface]\n${"K=1\n".repeat(MEBIBYTE / 4 - 10)}`],
  ["a mebibyte of keys of LinkSocks that nobody knows", `[LinkSocks]\n${"K=1\n".repeat(MEBIBYTE / 4 - 10)}`],
  ["a mebibyte of sections", "[a]\n".repeat(MEBIBYTE / 4)],
  ["a mebibyte of continued lines", `[Interface]\nAddress = a\\\n${"\\\n".repeat(MEBIBYTE / 2 - 100)}`],
  ["a mebibyte of quotes", `[Interface]\nAddress = ${'"'.repeat(MEBIBYTE - 100)}`],
  ["a mebibyte of references", `[Interface]\nAddress = ${"%(Address)s".repeat(MEBIBYTE / 11 - 10)}`],
  ["a mebibyte of a value", `[LinkSocks]\nUrl = ws://${"a.".repeat(MEBIBYTE / 2 - 100)}\nToken = x\n`],
  ["a mebibyte of addresses", `[Interface]\nAddress = ${"10.0.0.1,".repeat(MEBIBYTE / 9 - 10)}10.0.0.1\n`],
])("%s is refused with few words, by the command and on the line", async (_, text) => {
  await using daemon = await startTestDaemon();
  const path = daemon.writeConfig("heavy.conf", text);
  const { output, complaint, code } = await callWpdaemon(daemon.home, ["config", "check", path]);
  expect(code).not.toBe(0);
  expect((output + complaint).split("\n").length).toBeLessThan(500);
  expect((output + complaint).length).toBeLessThan(256 * 1024);
  const [{ error }, other] = await Promise.all([daemon.ask("spin_up:heavy"), daemon.ask("state:")]);
  expect(error).not.toBeNull();
  expect(Buffer.byteLength(error ?? "")).toBeLessThan(64 * 1024);
  expect(other.error).toBeNull();
});

test("settings that name each other over and over are refused in a few words", async () => {
  using folder = temporaryFolder();
  await using former = await startTestDaemon({ home: folder.path });
  await former.end("SIGTERM");
  const bomb = Array.from({ length: 30 }, (_, index) => `a${index + 1}: &a${index + 1} [${`*a${index},`.repeat(9)}]\n`);
  writeFileSync(join(folder.path, "wpdaemon/config.yaml"), `a0: &a0 [x]\n${bomb.join("")}`, { mode: 0o600 });
  const { output, complaint, code } = await callWpdaemon(folder.path, ["doctor"]);
  expect((output + complaint).length).toBeLessThan(64 * 1024);
  expect(code).toBeLessThan(70);
});

test("positions by the thousand are remembered up to a bound, and a quote of them all holds nobody up", async () => {
  await using daemon = await startStreamDaemon();
  for (let batch = 0; batch < 12; batch += 1) {
    const events = Array.from({ length: 1_000 }, (_, index) => position(1 + batch * 1_000 + index));
    expect((await daemon.publish(...events)).accepted).toBe(1_000);
  }
  using listener = await listenTo(`${daemon.url}/?snapshot=1`);
  await daemon.publish(cleared(7));
  await until("the snapshot is over", () => listener.types().includes("lockout_cleared"));
  const positions = listener.types().filter((type) => type === "GatewayUserPosition").length;
  expect(positions).toBe(10_000);
  await daemon.publish({ ...quote(1, 6_800), account_id: null });
  await daemon.publish(cleared(8));
  expect((await daemon.process.ask("state:")).error).toBeNull();
  await until(
    "what came behind is heard of",
    () => listener.types().filter((type) => type === "lockout_cleared").length === 2,
  );
  expect(listener.types().filter((type) => type === "MarketQuote").length).toBeLessThanOrEqual(10_000);
});

test("a server that assigns a token of bytes that are no text is refused, and its client lives on", async () => {
  let links = 0;
  await using server = startRawServer({
    onLink(link) {
      links += 1;
      link.send(frame(TYPE.authResponse, [1], str8(Buffer.alloc(255, 0xff))));
      setTimeout(link.close, 50);
    },
  });
  await using daemon = await startTestDaemon();
  daemon.writeConfig("a.conf", `[LinkSocks]\nUrl = ${server.url}\nToken = x\nReverse = true\n`);
  const { pid } = daemon;
  const starting = daemon.ask("spin_up:a");
  await until("it has tried twice", () => links > 1);
  expect((await daemon.ask("whoami:")).error).toBeNull();
  expect(daemon.pid).toBe(pid);
  await starting;
  const { output } = await callWpdaemon(daemon.home, ["logs", "a"]);
  expect(output).toContain("not UTF-8");
});

test("a client with a token can make a server open, keep and do no more than is stated, and others are served meanwhile", async () => {
  await using server = await OWN_LINKSOCKS.start("server", { token: "token" });
  await using other = await OWN_LINKSOCKS.start("client", { url: server.url, token: "token" });
  using web = startWebTarget();
  using sink = startSink(1, new Promise(() => undefined));
  const before = isLinux
    ? { megabytes: anonymousMegabytes(server.pid), files: openDescriptors(server.pid) }
    : undefined;
  using link = await openRawLink(`${server.url}/socket`);
  link.send(authFrame("token", false));
  await link.next(TYPE.authResponse);
  for (let count = 0; count < 100_000; count += 1) link.send(connectWithoutTarget(channelId(`u${count}`), UDP));
  for (let count = 0; count < 20_000; count += 1)
    link.send(connectFrame(channelId(`t${count}`), "127.0.0.1", sink.port));
  for (let count = 0; count < 100; count += 1) link.send(logFrame("info", "x".repeat(60_000)));
  await until("each was answered", async () => {
    await webOk({ port: other.socksPort }, { host: "127.0.0.1", port: web.port });
    return link.received.filter((message) => message[1] === TYPE.connectResponse).length >= 120_000;
  });
  expect(server.output().length).toBeLessThan(4 * MEBIBYTE);
  if (before === undefined) return;
  expect(openDescriptors(server.pid) - before.files).toBeLessThan(6_000);
  expect(anonymousMegabytes(server.pid) - before.megabytes).toBeLessThan(256);
});
