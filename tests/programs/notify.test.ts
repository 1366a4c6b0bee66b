import { expect, test } from "bun:test";
import { join } from "node:path";
import { notifyService } from "../../src/platform/service/notify.ts";
import { temporaryFolder } from "../rig/temporary-folder.ts";

const onLinux = test.skipIf(process.platform !== "linux");

onLinux("the manager gets the whole state in one datagram", async () => {
  using folder = temporaryFolder();
  await using manager = await startManager(join(folder.path, "notify"));
  const state = `READY=1\nMAINPID=123\nSTATUS=zwölf tunnels, ${"x".repeat(3_000)}`;
  expect(notifyService(state, { NOTIFY_SOCKET: manager.address })).toBe(true);
  expect(await manager.received()).toBe(state);
});

onLinux("an abstract name is reached too", async () => {
  await using manager = await startManager(`@wpdaemon-test-${crypto.randomUUID()}`);
  expect(notifyService("STOPPING=1", { NOTIFY_SOCKET: manager.address })).toBe(true);
  expect(await manager.received()).toBe("STOPPING=1");
});

onLinux("the longest name that the system takes is reached, a longer one refused", async () => {
  const longest = `@wpdaemon-test-${crypto.randomUUID()}`.padEnd(108, "x");
  await using manager = await startManager(longest);
  expect(notifyService("READY=1", { NOTIFY_SOCKET: `${longest}x` })).toBe(false);
  expect(notifyService("RELOADING=1", { NOTIFY_SOCKET: longest })).toBe(true);
  expect(await manager.received()).toBe("RELOADING=1");
});

/** What systemd does: a bound datagram socket, here for one datagram. */
const RECEIVER = `
import socket, sys
name = sys.argv[1]
receiver = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
receiver.bind("\\0" + name[1:] if name.startswith("@") else name)
print("bound", flush=True)
sys.stdout.buffer.write(receiver.recv(65536))`;

async function startManager(address: string) {
  const receiver = Bun.spawn(["python3", "-c", RECEIVER, address], { stdin: "ignore", stdout: "pipe" });
  const output = receiver.stdout.getReader();
  const decoder = new TextDecoder();
  for (let said = ""; said !== "bound\n"; ) {
    const part = await output.read();
    if (part.done) throw new Error("the receiver could not bind its socket");
    said += decoder.decode(part.value);
  }
  return {
    address,
    async received() {
      let text = "";
      for (let part = await output.read(); !part.done; part = await output.read()) {
        text += decoder.decode(part.value, { stream: true });
      }
      return text;
    },
    async [Symbol.asyncDispose]() {
      receiver.kill();
      await receiver.exited;
    },
  };
}
