import { expect, test } from "bun:test";
import { callWpdaemon } from "../rig/command-line.ts";
import { freePort } from "../rig/free-port.ts";
import { isAlive } from "../rig/processes.ts";
import { openTunnelScene } from "../rig/tunnel-scene.ts";

const { makeConfig, start } = openTunnelScene();

test("a tunnel beside a stranger on its config's port is not in the slot, and spin_up leaves it alone until the port is free", async () => {
  await using daemon = await start();
  const socksPort = freePort();
  const stranger = Bun.listen({ hostname: "127.0.0.1", port: socksPort, socket: { data: () => undefined } });
  try {
    daemon.writeConfig("us-east.conf", makeConfig({ socksPort }).text);
    expect((await daemon.ask("spin_up:us-east")).error).toContain("is already in use");
    const up = await callWpdaemon(daemon.home, ["up", "us-east", "--json"]);
    const { pid, socks } = JSON.parse(up.output);
    expect(socks).not.toBe(`127.0.0.1:${socksPort}`);
    expect((await daemon.ask("state:")).result).toMatchObject({ running: false, pid: null, config: null });

    expect((await daemon.ask("spin_up:us-east")).error).toContain("is already in use");
    expect(isAlive(pid)).toBe(true);
    expect((await daemon.ask("state:")).result).toMatchObject({ running: false });

    stranger.stop(true);
    const home = await daemon.ask("spin_up:us-east");
    expect(home).toMatchObject({ error: null, result: { config: "us-east.conf" } });
    expect((await daemon.ask("state:")).result).toMatchObject({ running: true, pid: home.result?.["pid"] });
  } finally {
    stranger.stop(true);
  }
});
