import { expect, test } from "bun:test";
import { copyFileSync } from "node:fs";
import { join } from "node:path";
import { findDaemonPorts } from "../../src/platform/network/daemon-ports.ts";
import { EXECUTABLE, startTestDaemon } from "../rig/daemon-process.ts";
import { temporaryFolder } from "../rig/temporary-folder.ts";
import { until } from "../rig/until.ts";

test("a daemon's ports are found while it runs, wherever it listens, and those of no other program", async () => {
  await using daemon = await startTestDaemon();
  const stranger = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data() {} } });
  await until("its port is found", () => findDaemonPorts().has(daemon.port));
  expect(findDaemonPorts().has(stranger.port)).toBe(false);
  stranger.stop();
  await daemon.end("SIGTERM");
  await until("its port is forgotten", () => !findDaemonPorts().has(daemon.port));
});

test("a daemon is known by its control socket where its executable has another name", async () => {
  using folder = temporaryFolder();
  const program = join(folder.path, "tunnels");
  copyFileSync(EXECUTABLE, program);
  await using daemon = await startTestDaemon({ program });
  await until("its port is found", () => findDaemonPorts().has(daemon.port));
});
