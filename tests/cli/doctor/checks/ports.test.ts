import { expect, test } from "bun:test";
import { checkEvents, checkPort } from "../../../../src/cli/doctor/checks/ports.ts";
import type { KnownDaemon } from "../../../../src/cli/doctor/known-daemon.ts";
import { loadSettings } from "../../../../src/daemon/settings.ts";
import { startLineServer } from "../../../../src/net/lines/line-server.ts";
import { freePort } from "../../../rig/free-port.ts";
import { DAEMON } from "../../daemon/stub-daemon.ts";
import { installation, SERVING, SILENT } from "../circumstances.ts";

const OURS = '{"CMD":"whoami","result":{"version":"2.0.0","implementation":"TypeScript"},"error":null}';
const PYTHON = '{"CMD": "whoami", "result": null, "error": "Unknown command: whoami"}';

test("doctor finds a free port fine", async () => {
  using home = installation();
  const [found] = await checkPort(home.see({ daemon: SILENT, port: freePort() }));
  expect(found?.severity).toBe("ok");
  expect(found?.message).toEndWith("is free");
});

test("a port that a predecessor holds is a problem that names it", async () => {
  using home = installation();
  using other = answering(PYTHON);
  const [found] = await checkPort(home.see({ daemon: SILENT, port: other.port }));
  expect(found?.severity).toBe("problem");
  expect(found?.message).toStartWith(`127.0.0.1:${other.port} is held by Argus' Python daemon`);
});

test("a port that this home's own daemon holds without answering is not another program's", async () => {
  using home = installation();
  using other = answering("");
  const daemon: KnownDaemon = { ...SILENT, lock: { isHeld: true, holder: process.pid } };
  const [found] = await checkPort(home.see({ daemon, port: other.port }));
  expect(found?.message).toBe(
    `127.0.0.1:${other.port} is held by the daemon of this home (process ${process.pid}), which does not answer`,
  );
});

test("the daemon's own port is looked at, whichever it is", async () => {
  using home = installation();
  using own = answering(OURS);
  const daemon = { ...SERVING, status: { daemon: { ...DAEMON, address: `127.0.0.1:${own.port}` }, tunnels: [] } };
  expect(await checkPort(home.see({ daemon, port: freePort() }))).toMatchObject([
    { severity: "ok", message: `127.0.0.1:${own.port} is held by the daemon` },
  ]);
  own[Symbol.dispose]();
  expect(await checkPort(home.see({ daemon }))).toMatchObject([{ severity: "problem", remedy: "wpdaemon restart" }]);
});

test("another's port that is asked for by name is only a warning while ours serves elsewhere", async () => {
  using home = installation();
  using other = answering(PYTHON);
  const found = await checkPort(home.see({ daemon: SERVING, port: other.port, isPortNamed: true }));
  expect(found).toMatchObject([{ severity: "warning" }]);
  expect(found[0]?.message).toContain(DAEMON.address);
});

function answering(reply: string): { readonly port: number; [Symbol.dispose](): void } {
  const server = startLineServer({ host: "127.0.0.1", port: 0 }, { unterminated: "", answer: () => reply });
  return { port: server.port, [Symbol.dispose]: () => server.stop() };
}

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

test("without a daemon, doctor looks at the port that the stream would have", async () => {
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
