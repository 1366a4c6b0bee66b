import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { callWpdaemon } from "../rig/command-line.ts";
import { freePort } from "../rig/free-port.ts";
import { generateKeys } from "../rig/keys.ts";
import { findWireproxies } from "../rig/programs.ts";
import { openTunnelScene } from "../rig/tunnel-scene.ts";

const { makeConfig, start } = openTunnelScene();

for (const { kind, path } of findWireproxies()) {
  describe(`with the ${kind}, up`, () => {
    test("proves a tunnel that nobody has used yet, so that it is healthy", async () => {
      await using daemon = await start({ environment: { WPDAEMON_WIREPROXY: path } });
      daemon.writeConfig("us-east.conf", makeConfig({ peer: "AllowedIPs = 0.0.0.0/0" }).text);
      expect(await callWpdaemon(daemon.home, ["up", "us-east"])).toMatchObject({ code: 0 });
      const waited = await callWpdaemon(daemon.home, ["wait", "us-east", "--health", "healthy", "--timeout", "10s"]);
      expect(waited.code).toBe(0);
    });

    test("proves a tunnel without an info port by its log alone, and nobody can read its counters", async () => {
      await using daemon = await start({
        environment: { WPDAEMON_WIREPROXY: path },
        settings: "wireproxy: { info_port: false }\n",
      });
      daemon.writeConfig("us-east.conf", makeConfig({ client: 3, peer: "AllowedIPs = 0.0.0.0/0" }).text);
      expect(await callWpdaemon(daemon.home, ["up", "us-east"])).toMatchObject({ code: 0 });
      const waited = await callWpdaemon(daemon.home, ["wait", "us-east", "--health", "healthy", "--timeout", "30s"]);
      expect(waited.code).toBe(0);
      const { children } = JSON.parse(readFileSync(`${daemon.home}/wpdaemon/state.json`, "utf8"));
      expect(children).toEqual([expect.objectContaining({ infoPort: null })]);
      const shown = Bun.spawnSync(["ps", "-o", "args=", "-p", String(children[0].process.pid)]).stdout.toString();
      expect([shown.includes("us-east.conf"), shown.includes(" -i ")]).toEqual([true, false]);
    });

    test("proves one with a password, and networks that hold nobody else", async () => {
      await using daemon = await start({ environment: { WPDAEMON_WIREPROXY: path } });
      const { text } = makeConfig({
        client: 1,
        peer: "AllowedIPs = 10.99.0.0/24",
        extra: "Username = me\nPassword = secret\n",
      });
      daemon.writeConfig("us-east.conf", text);
      expect(await callWpdaemon(daemon.home, ["up", "us-east"])).toMatchObject({ code: 0 });
    });

    test("says after a second that it waits, and fails with the reason, where the peer's key is wrong; --no-wait does not wait", async () => {
      await using daemon = await start({ environment: { WPDAEMON_WIREPROXY: path } });
      const { text } = makeConfig({ client: 2, peer: "AllowedIPs = 0.0.0.0/0" });
      const wrong = text.replace(/PublicKey = .*/, `PublicKey = ${generateKeys().publicKey}`);
      daemon.writeConfig("us-east.conf", wrong);
      const up = await callWpdaemon(daemon.home, ["up", "us-east"]);
      expect(up).toMatchObject({ code: 1, output: "" });
      expect(up.complaint).toContain("waiting for us-east");
      expect(up.complaint).toContain("us-east does not carry: the peer has not answered");
      expect(await callWpdaemon(daemon.home, ["up", "us-east", "--no-wait"])).toMatchObject({ code: 0 });
    });
  });
}

test("up fails with the cause where the server of a LinkSocks tunnel is away", async () => {
  await using daemon = await start();
  const url = `ws://127.0.0.1:${freePort()}`;
  daemon.writeConfig(
    "ws.conf",
    `[LinkSocks]\nUrl = ${url}\nToken = t\n\n[Socks5]\nBindAddress = 127.0.0.1:${freePort()}\n`,
  );
  const up = await callWpdaemon(daemon.home, ["up", "ws"]);
  expect(up).toMatchObject({ code: 1, output: "" });
  expect(up.complaint).toMatch(/ws does not carry: .*(refused|connect)/);
  // Long before it gives up.
  expect(up.complaint).toMatch(/waiting for ws: it is starting: .*refuses connections/);
});
