import { afterAll, beforeAll, expect, test } from "bun:test";
import { once } from "node:events";
import { statSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { callWpdaemon } from "../rig/command-line.ts";
import { EXECUTABLE, startTestDaemon, type TestDaemon } from "../rig/daemon-process.ts";
import { freePort } from "../rig/free-port.ts";
import { startCommand } from "../rig/linksocks-command.ts";
import { OWN_LINKSOCKS } from "../rig/linksocks-own.ts";
import { openDescriptors, residentMegabytes } from "../rig/memory.ts";
import { connectSilently } from "../rig/silent-crowd.ts";
import { until } from "../rig/until.ts";

// What a program on the same machine can do to the daemon by doing too much of what is allowed.

const LINE = 20;

let daemon: TestDaemon;

beforeAll(async () => {
  daemon = await startTestDaemon();
});
afterAll(() => daemon[Symbol.asyncDispose]());

test("somebody else is answered while one connection is flooded with 70,000 lines", async () => {
  const flood = await join();
  let replies = 0;
  flood.on("data", (chunk: Buffer) => {
    for (const byte of chunk) if (byte === 0x0a) replies += 1;
  });
  flood.write("state:\n".repeat(70_000));
  await until("the flood is being answered", () => replies > 0);
  expect((await daemon.ask("whoami:")).error).toBeNull();
  expect(replies).toBeLessThan(70_000);
  flood.destroy();
});

test("a hundred unfinished lines in packets of one byte cost the daemon about what they hold", async () => {
  const before = residentMegabytes(daemon.pid);
  const clients = await Promise.all(Array.from({ length: 100 }, join));
  for (let byte = 0; byte < 4_000; byte += 1) {
    for (const client of clients) client.write("x");
    if (byte % LINE === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  expect((await daemon.ask("whoami:")).error).toBeNull();
  // 400,000 bytes; a piece for each would be 70 MB.
  expect(residentMegabytes(daemon.pid) - before).toBeLessThan(40);
  for (const client of clients) client.destroy();
});

test("unknown commands by the megabyte do not push anything out of the audit log", async () => {
  const flood = await join();
  flood.resume();
  flood.end(`${"x".repeat(1_000)}:\n`.repeat(21_000));
  await once(flood, "close");
  const log = `${daemon.home}/wp-server-logs/audit.log`;
  expect(statSync(log).size).toBeLessThan(1024 * 1024);
  expect(daemon.readLog(log)).toContain("Starting daemon mode");
});

test.each(["the event stream", "the control port"])(
  "the line protocol answers while %s is crowded with more silent connections than the daemon may have open",
  async (door) => {
    const control = freePort();
    await using small = await startTestDaemon({ openFiles: 512, settings: `control:\n  port: ${control}\n` });
    const port = door === "the control port" ? control : Number(/ws:\/\/localhost:(\d+)/.exec(small.output())?.[1]);
    const crowd = await connectSilently(port, 700);
    expect((await small.ask("whoami:")).error).toBeNull();
    await until("the crowd has been cut down", () => openDescriptors(small.pid) < 350);
    expect((await small.ask("whoami:")).error).toBeNull();
    for (const socket of crowd) socket.destroy();
  },
);

test("the line protocol answers while the SOCKS ports of two tunnels are crowded with more clients than the daemon may have open", async () => {
  await using server = await OWN_LINKSOCKS.start("server", { token: "token" });
  await using small = await startTestDaemon({ openFiles: 512 });
  const ports = [freePort(), freePort()];
  for (const [number, port] of ports.entries()) {
    const socks = `[Socks5]\nBindAddress = 127.0.0.1:${port}\n`;
    small.writeConfig(`way${number}.conf`, `[LinkSocks]\nUrl = ${server.url}\nToken = token\n\n${socks}`);
    expect((await callWpdaemon(small.home, ["up", `way${number}`])).code).toBe(0);
  }
  const crowd = ports.flatMap((port) => Array.from({ length: 400 }, () => connect(port, "127.0.0.1")));
  for (const socket of crowd) socket.on("error", () => undefined);
  expect((await small.ask("whoami:")).error).toBeNull();
  expect(openDescriptors(small.pid)).toBeLessThan(300);
  for (const socket of crowd) socket.destroy();
});

test("a LinkSocks server answers while it is crowded with more silent connections than it may have open", async () => {
  const port = freePort();
  await using server = await startCommand(LIMITED_LINKSOCKS, "server", { token: "token", port });
  const crowd = await connectSilently(port, 700);
  const answer = await fetch(`http://127.0.0.1:${port}/`);
  expect(await answer.text()).toContain("LinkSocks");
  await until("the crowd has been cut down", () => openDescriptors(server.pid) < 350);
  for (const socket of crowd) socket.destroy();
});

/** Our own LinkSocks, which may have 512 files and sockets open. */
const LIMITED_LINKSOCKS = {
  program: ["/bin/sh", "-c", 'ulimit -n 512; exec "$@"', "sh", EXECUTABLE, "linksocks"],
  moreWords: () => [],
  accepted: /connected to the server/,
  registered: /connector token is registered/,
};

async function join(): Promise<Socket> {
  const socket = connect(daemon.port, "127.0.0.1");
  socket.setNoDelay(true);
  socket.on("error", () => undefined);
  await once(socket, "connect");
  return socket;
}
