import { describe, expect, test } from "bun:test";
import { callWpdaemon } from "../rig/command-line.ts";
import type { TestDaemon } from "../rig/daemon-process.ts";
import { freePort } from "../rig/free-port.ts";
import { generateKeys } from "../rig/keys.ts";
import { findWireproxies } from "../rig/programs.ts";
import { startRelay } from "../rig/relay.ts";
import { fetchThroughSocks } from "../rig/socks.ts";
import { connectThroughSocks } from "../rig/socks5-client.ts";
import { openTunnelScene, PAGE } from "../rig/tunnel-scene.ts";
import { until } from "../rig/until.ts";

const { makeConfig, endpoint, pageUrl, start } = openTunnelScene();

for (const { kind, path } of findWireproxies()) {
  describe(`with the ${kind}`, () => {
    test("names with line ends and wireproxy's own words neither restart a tunnel nor call it down", async () => {
      await using daemon = await start({ environment: { WPDAEMON_WIREPROXY: path } });
      const { text, socksPort } = makeConfig();
      daemon.writeConfig("us-east.conf", text);
      const up = await daemon.ask("spin_up:us-east");
      expect(await fetchThroughSocks(socksPort, pageUrl())).toBe(PAGE);
      await until("it is told healthy", async () => (await tunnelOf(daemon))["health"] === "healthy");
      const failed = say("ERROR", "Failed to send data packets: write udp: network is unreachable");
      const gaveUp = say("DEBUG", "Handshake did not complete after 20 attempts, giving up");
      for (let round = 0; round < 25; round++) {
        await askForName(socksPort, `\n${failed}\n${failed}`);
        await askForName(socksPort, `\n${gaveUp}\n`);
        expect((await tunnelOf(daemon))["health"]).not.toBe("down");
        await Bun.sleep(100);
      }
      expect(daemon.readLog(String(up.result?.["log_file"]))).toContain(`\n${gaveUp}\n`);
      expect(await tunnelOf(daemon)).toMatchObject({ restarts: 0, pid: up.result?.["pid"], health: "healthy" });
    });

    test("names with wireproxy's own words do not make a black hole healthy", async () => {
      await using relay = await startRelay(endpoint());
      await using daemon = await start({ environment: { WPDAEMON_WIREPROXY: path } });
      const { text, socksPort } = makeConfig({ client: 1, endpoint: relay.address });
      daemon.writeConfig("us-east.conf", text);
      await relay.tell("drop");
      await daemon.ask("spin_up:us-east");
      const answered = say("DEBUG", "Received handshake response");
      void fetchThroughSocks(socksPort, pageUrl()).catch(() => undefined);
      await until("it is told down", async () => {
        await askForName(socksPort, `x\n${answered}\n`);
        const { health } = await tunnelOf(daemon);
        expect(health).not.toBe("healthy");
        await Bun.sleep(200);
        return health === "down";
      });
    });

    test("a CheckAlive that is not answered counts as a failed probe", async () => {
      await using daemon = await start({ environment: { WPDAEMON_WIREPROXY: path } });
      const { text } = makeConfig({ client: 4 });
      const check = "CheckAlive = 10.77.0.1\nCheckAliveInterval = 1\n";
      daemon.writeConfig(
        "us-east.conf",
        text.replace("[Peer]", `${check}[Peer]`).replace("\n[Socks5]", "AllowedIPs = 0.0.0.0/0\n[Socks5]"),
      );
      await daemon.ask("spin_up:us-east");
      await until("it is told down", async () => (await tunnelOf(daemon))["health"] === "down");
      expect(await tunnelOf(daemon)).toMatchObject({ reason: expect.stringContaining("CheckAlive: 10.77.0.1") });
    });

    test("a peer that is silent beside one that answers is named, and nothing is cut for it", async () => {
      await using daemon = await start({
        environment: { WPDAEMON_WIREPROXY: path },
        settings: "tunnels:\n  us-east: { failover: [us-west] }\n",
      });
      const { text, socksPort } = makeConfig({ client: 2, peer: "AllowedIPs = 10.99.0.0/24" });
      const silent = generateKeys().publicKey;
      const second = `[Peer]\nPublicKey = ${silent}\nEndpoint = 127.0.0.1:${freePort()}\nAllowedIPs = 10.77.0.0/24\nPersistentKeepalive = 25\n`;
      daemon.writeConfig("us-east.conf", text.replace("[Socks5]", `${second}[Socks5]`));
      daemon.writeConfig("us-west.conf", makeConfig({ client: 3 }).text);
      const up = await daemon.ask("spin_up:us-east");
      expect(up.error).toBeNull();
      const seen = new Set<unknown>();
      await until("the silent one is named", async () => {
        expect(await fetchThroughSocks(socksPort, pageUrl())).toBe(PAGE);
        const { health, reason } = await tunnelOf(daemon);
        seen.add(health);
        await Bun.sleep(200);
        return String(reason).includes(silent.slice(0, 4)) && String(reason).includes("3 handshakes");
      });
      expect(seen.has("down")).toBe(false);
      expect(await tunnelOf(daemon)).toMatchObject({
        health: "degraded",
        pid: up.result?.["pid"],
        carriedBy: null,
        restarts: 0,
      });
    });
  });
}

/** A line as wireproxy's logger begins it. */
function say(level: string, message: string): string {
  return `${level}: 2026/01/01 00:00:00 peer(AbCd…WxYz) - ${message}`;
}

/** A name that no resolver is asked for; the proxy writes it into its log all the same. */
async function askForName(port: number, name: string): Promise<void> {
  const stream = await connectThroughSocks({ port }, { host: name, port: 80 }).catch(() => undefined);
  stream?.close();
}

async function tunnelOf(daemon: TestDaemon): Promise<Readonly<Record<string, unknown>>> {
  const { output } = await callWpdaemon(daemon.home, ["status", "--json"]);
  return JSON.parse(output).tunnels.find(({ name }: { readonly name: string }) => name === "us-east");
}
