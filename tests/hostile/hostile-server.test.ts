import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { startTestDaemon } from "../rig/daemon-process.ts";
import {
  authResponseFrame,
  channelId,
  connectFrame,
  connectWithoutTarget,
  frame,
  logFrame,
  TYPE,
} from "../rig/linksocks-frames.ts";
import { anonymousMegabytes, openDescriptors } from "../rig/memory.ts";
import type { RawLink } from "../rig/raw-link.ts";
import { startRawServer } from "../rig/raw-server.ts";
import { until } from "../rig/until.ts";

const isLinux = process.platform === "linux";
const UDP = 2;

test("a hostile server cannot make its provider open, keep, inflate or log without end, and others are served meanwhile", async () => {
  let link: RawLink | undefined;
  await using server = startRawServer({
    onLink(opened) {
      link ??= opened;
      opened.send(authResponseFrame());
    },
  });
  await using daemon = await startTestDaemon();
  daemon.writeConfig("exit.conf", `[LinkSocks]\nUrl = ${server.url}\nToken = x\nReverse = true\n`);
  const { result } = await daemon.ask("spin_up:exit");
  const log = String(result?.["log_file"]);
  const hostile = await until("it is connected", () => link);
  const before = isLinux ? { memory: anonymousMegabytes(daemon.pid), files: openDescriptors(daemon.pid) } : undefined;

  const bomb = gzipSync(Buffer.alloc(48 * 1024 * 1024), { level: 9 });
  for (let count = 0; count < 1_000; count += 1) hostile.send(connectWithoutTarget(channelId(`u${count}`), UDP));
  for (let count = 0; count < 100; count += 1) hostile.send(datagram(channelId("u0"), bomb));
  for (let count = 0; count < 6_000; count += 1) hostile.send(connectFrame(channelId(`t${count}`), "203.0.113.1", 9));
  for (let count = 0; count < 2_000; count += 1) hostile.send(logFrame("info", `${count} ${"x".repeat(2_000)}`));
  hostile.send(logFrame("trace", "probe:1"));
  const answers: unknown[] = [];
  // The answer to the last word shows that all before it were read.
  await until("all was read", async () => {
    answers.push((await daemon.ask("state:")).error);
    return hostile.received.some((message) => message.includes("pong:"));
  });
  expect(new Set(answers)).toEqual(new Set([null]));
  expect(readFileSync(log).length).toBeLessThan(1024 * 1024);
  if (before === undefined) return;
  expect(openDescriptors(daemon.pid) - before.files).toBeLessThan(5_000);
  expect(anonymousMegabytes(daemon.pid) - before.memory).toBeLessThan(256);
});

/** A datagram for 127.0.0.1, compressed. */
function datagram(channel: Buffer, body: Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(body.length);
  const addresses = [0, 0, 0, 9, ...Buffer.from("127.0.0.1"), 0, 9];
  return frame(TYPE.data, [UDP], channel, [1], length, body, addresses);
}
