import { expect, test } from "bun:test";
import { statSync } from "node:fs";
import { startTestDaemon } from "../rig/daemon-process.ts";
import { freePort } from "../rig/free-port.ts";
import { temporaryFolder } from "../rig/temporary-folder.ts";
import { until } from "../rig/until.ts";
import { startHostileChildren } from "./doors/child-doors.ts";

const MEBIBYTE = 1024 * 1024;

test("a child that writes a hundred megabytes into its log loses all but the end, in its log and beside it", async () => {
  using folder = temporaryFolder();
  using children = startHostileChildren(folder.path);
  await using daemon = await startTestDaemon({ environment: children.environment });
  const port = freePort();
  daemon.writeConfig("a.conf", children.config(port));
  let log = "";
  const door = children.logDoor([port], async () => {
    log = String((await daemon.ask("spin_up:a")).result?.["log_file"]);
  });
  const { peer } = await door.visit();
  using _ = peer;
  const piece = Buffer.from(`2026/01/01 00:00:00 Resolving address for ${"x".repeat(200)}\n`.repeat(4_000));
  const signal = AbortSignal.timeout(60_000);
  for (let sent = 0; sent < 100 * MEBIBYTE; sent += piece.length) expect(await peer.send(piece, signal)).toBe(true);
  await until("it is cut", () => statSync(log).size < 16 * MEBIBYTE);
  expect(statSync(`${log}.1`).size).toBeLessThanOrEqual(16 * MEBIBYTE);
  expect((await daemon.ask("state:")).result).toMatchObject({ running: true });
});
