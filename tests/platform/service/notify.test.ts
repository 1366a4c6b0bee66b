import { expect, test } from "bun:test";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { notifyService } from "../../../src/platform/service/notify.ts";
import { temporaryFolder } from "../../rig/temporary-folder.ts";

test.each([undefined, "", "relative/socket", "vsock:2:1234"])("nothing is sent to %j", (address) => {
  expect(notifyService("READY=1", { NOTIFY_SOCKET: address })).toBe(false);
});

test.skipIf(process.platform !== "linux")("a socket that nobody reads is no fault, and costs no descriptor", () => {
  using folder = temporaryFolder();
  const gone = { NOTIFY_SOCKET: join(folder.path, "gone") };
  notifyService("READY=1", gone);
  const before = readdirSync("/proc/self/fd").length;
  for (let round = 0; round < 50; round += 1) expect(notifyService("READY=1", gone)).toBe(false);
  expect(readdirSync("/proc/self/fd").length).toBeLessThan(before + 50);
});
