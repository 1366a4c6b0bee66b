import { expect, test } from "bun:test";
import { checkEvents } from "../../../../src/cli/doctor/checks/events.ts";
import type { KnownDaemon } from "../../../../src/cli/doctor/known-daemon.ts";
import { loadSettings } from "../../../../src/daemon/settings.ts";
import { freePort } from "../../../rig/free-port.ts";
import { DAEMON } from "../../daemon/stub-daemon.ts";
import { installation, SERVING, SILENT } from "../circumstances.ts";

test.each([
  [{ url: "ws://localhost:8765", clients: 2, fault: null }, "ok", "the event stream is open: ws://localhost:8765"],
  [{ url: null, clients: 0, fault: null }, "ok", "the event stream is switched off"],
  [{ url: null, clients: 0, fault: "port 8765 is taken" }, "warning", "port 8765 is taken"],
] as const)("what the daemon says of it: %j", async (events, severity, message) => {
  using home = installation();
  const daemon: KnownDaemon = { ...SERVING, status: { daemon: DAEMON, events, tunnels: [] } };
  expect(await checkEvents(home.see({ daemon }))).toMatchObject([{ severity, message }]);
});

test("of a daemon that is older than the stream there is nothing to say", async () => {
  using home = installation();
  expect(await checkEvents(home.see({ daemon: SERVING }))).toEqual([]);
});

test("without a daemon, its port is looked at", async () => {
  using home = installation();
  const settings = loadSettings(home.paths, {}, {});
  const see = (port: number, enabled = true) =>
    checkEvents(home.see({ daemon: SILENT, settings: { ...settings, stream: { enabled, port, origins: [] } } }));
  const port = freePort();
  expect(await see(port)).toMatchObject([{ severity: "ok", message: `port ${port} is free for the event stream` }]);
  expect(await see(port, false)).toMatchObject([{ severity: "ok", message: "the event stream is switched off" }]);
  using other = Bun.listen({ hostname: "127.0.0.1", port, socket: { data() {} } });
  const [found] = await see(other.port);
  expect(found).toMatchObject({ severity: "warning" });
  expect(found?.message).toContain(
    `port ${port} of the event stream is held by another program (process ${process.pid}`,
  );
});
