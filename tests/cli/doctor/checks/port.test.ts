import { expect, test } from "bun:test";
import { checkPort } from "../../../../src/cli/doctor/checks/port.ts";
import { startLineServer } from "../../../../src/net/line-server.ts";
import { freePort } from "../../../rig/free-port.ts";
import { DAEMON } from "../../daemon/stub-daemon.ts";
import { installation, SERVING, SILENT } from "../circumstances.ts";

const OURS = '{"CMD":"whoami","result":{"version":"2.0.0","implementation":"TypeScript"},"error":null}';
const PYTHON = '{"CMD": "whoami", "result": null, "error": "Unknown command: whoami"}';

test("a free port is fine", async () => {
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
