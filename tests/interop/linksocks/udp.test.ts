import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { startDnsServer } from "../../rig/dns-server.ts";
import { webOk } from "../../rig/linksocks-checks.ts";
import { goPeers } from "../../rig/linksocks-go.ts";
import { OWN_LINKSOCKS } from "../../rig/linksocks-own.ts";
import type { LinksocksPeer } from "../../rig/linksocks-peer.ts";
import { startUdpEcho, startWebTarget, type Target } from "../../rig/linksocks-targets.ts";
import { runPythonClient } from "../../rig/python-client.ts";
import { associateUdp, type Destination, type UdpAssociation } from "../../rig/socks5-client.ts";
import { until } from "../../rig/until.ts";

const HOSTS = Array.from({ length: 25 }, (_, index) => ({
  name: `host${index}.example`,
  address: `192.0.2.${index + 1}`,
}));
const ZONE = HOSTS.map(({ name, address }) => `${name}. 60 IN A ${address}`).join("\n");
const NXDOMAIN = 3;

describe("25 programs that ask a DNS server at once", () => {
  let dns: Awaited<ReturnType<typeof startDnsServer>>;
  beforeAll(async () => {
    dns = await startDnsServer(ZONE);
  });
  afterAll(() => dns[Symbol.asyncDispose]());

  for (const { name, start } of [OWN_LINKSOCKS, ...goPeers()]) {
    test(`through our own client and a server of ${name}`, async () => {
      await using server = await start("server", { token: "token" });
      await using client = await OWN_LINKSOCKS.start("client", { url: server.url, token: "token" });
      await expectAnswers(client.socksPort);
    });

    test(`through our own server and a provider of ${name}`, async () => {
      await using server = await OWN_LINKSOCKS.start("server", { token: "token", reverse: true });
      await using _provider = await start("provider", { url: server.url, token: "token" });
      await expectAnswers(server.socksPort);
    });
  }

  async function expectAnswers(socksPort: number): Promise<void> {
    const names = [...HOSTS.map(({ name }) => name), "nobody.example"];
    const answers = await runPythonClient(socksPort, "resolve", String(dns.port), ...names);
    expect(answers).toEqual([...HOSTS.map(({ address }) => [address]), NXDOMAIN]);
  }
});

describe("an association of our own", () => {
  let server: LinksocksPeer;
  let client: LinksocksPeer;
  let echo: Target;
  let web: Target;
  beforeAll(async () => {
    server = await OWN_LINKSOCKS.start("server", { token: "token" });
    client = await OWN_LINKSOCKS.start("client", { url: server.url, token: "token" });
    echo = await startUdpEcho();
    web = startWebTarget();
  });
  afterAll(async () => {
    await client[Symbol.asyncDispose]();
    await server[Symbol.asyncDispose]();
    echo[Symbol.dispose]();
    web[Symbol.dispose]();
  });

  const target = (): Destination => ({ host: "127.0.0.1", port: echo.port });
  const associate = () => associateUdp({ port: client.socksPort });

  test("an association of our own drops fragments", async () => {
    using association = await associate();
    for (const fragment of [1, 2, 127, 128, 255]) association.sendRaw(datagram(target(), "a fragment", fragment));
    await expectEcho(association, "whole");
  });

  test("an association of our own drops datagrams whose header ends early, and of unknown address types", async () => {
    using association = await associate();
    const whole = datagram(target(), "");
    const name = Buffer.from([0, 0, 0, 3, 9, ...Buffer.from("local")]);
    const ipv6 = Buffer.from([0, 0, 0, 4, ...Buffer.alloc(15)]);
    for (let length = 0; length < whole.length; length++) association.sendRaw(whole.subarray(0, length));
    for (const short of [name, ipv6]) association.sendRaw(short);
    for (const type of [0, 2, 5, 255]) association.sendRaw(Buffer.from([0, 0, 0, type, ...whole.subarray(4)]));
    await expectEcho(association, "whole");
  });

  test("an association of our own loses what cannot be sent, and nothing else", async () => {
    using association = await associate();
    association.send("nowhere", { host: "name.invalid", port: 53 });
    association.send("port 0", { host: "127.0.0.1", port: 0 });
    association.send("a name that is none", { host: "a b", port: 53 });
    await expectEcho(association, "whole");
  });

  test("an association of our own carries an empty datagram, and one of 60,000 bytes", async () => {
    using association = await associate();
    await expectEcho(association, "");
    await expectEcho(association, "x".repeat(60_000));
  });

  test("an association of our own tells where an answer comes from, and lets anybody answer", async () => {
    using association = await associate();
    using other = await startUdpEcho();
    association.send("to the one", target());
    expect((await association.receive()).from).toEqual(target());
    association.send("to the other", { host: "localhost", port: other.port });
    expect((await association.receive()).from).toEqual({ host: "127.0.0.1", port: other.port });
    // Full cone: who learns the exit's address may use it.
    const exits = Promise.withResolvers<number>();
    const listener = await Bun.udpSocket({
      hostname: "127.0.0.1",
      socket: { data: (_, __, port) => exits.resolve(port) },
    });
    const stranger = await Bun.udpSocket({ hostname: "127.0.0.1" });
    try {
      association.send("where am I", { host: "127.0.0.1", port: listener.port });
      stranger.send("here", await exits.promise, "127.0.0.1");
      const { payload, from } = await association.receive();
      expect([Buffer.from(payload).toString(), from.port]).toEqual(["here", stranger.port]);
    } finally {
      listener.close();
      stranger.close();
    }
  });

  test("an association of our own answers to where its program last sent from", async () => {
    using association = await associate();
    await expectEcho(association, "first");
    const heard = Promise.withResolvers<string>();
    const second = await Bun.udpSocket({
      hostname: "127.0.0.1",
      socket: { data: (_, bytes) => heard.resolve(bytes.subarray(10).toString()) },
    });
    try {
      second.send(datagram(target(), "second"), association.relay.port, association.relay.host);
      expect(await heard.promise).toBe("second");
    } finally {
      second.close();
    }
  });

  // Nothing but Linux has all of 127.0.0.0/8 without more ado.
  test.skipIf(process.platform !== "linux")("an association of our own ignores other hosts", async () => {
    using association = await associate();
    await expectEcho(association, "first");
    let heard = 0;
    const stranger = await Bun.udpSocket({
      hostname: "127.0.0.2",
      socket: {
        data: () => {
          heard += 1;
        },
      },
    });
    try {
      for (let time = 0; time < 3; time++) {
        stranger.send(datagram(target(), "from a stranger"), association.relay.port, association.relay.host);
      }
      await expectEcho(association, "second");
      expect(heard).toBe(0);
    } finally {
      stranger.close();
    }
  });

  test("an association of our own lives as long as its control connection, whatever bytes come there", async () => {
    const association = await associate();
    await association.control.write("these bytes mean nothing");
    await expectEcho(association, "before the end");
    const { relay } = association;
    expect(await isFree(relay)).toBe(false);
    association.control.close();
    await until("the port of the association is free", () => isFree(relay));
    association[Symbol.dispose]();
  });

  test("an association of our own ends where its link is lost, and says so", async () => {
    await using lost = await OWN_LINKSOCKS.start("server", { token: "token" });
    await using other = await OWN_LINKSOCKS.start("client", { url: lost.url, token: "token" });
    using association = await associateUdp({ port: other.socksPort });
    await expectEcho(association, "before the end");
    await lost.end();
    expect(await association.control.read()).toBeUndefined();
  });

  test("an association of our own is independent of others, and of what else the link carries", async () => {
    const associations = await Promise.all(Array.from({ length: 25 }, associate));
    try {
      await Promise.all([
        ...associations.map((association, index) => expectEcho(association, `number ${index}`)),
        webOk({ port: client.socksPort }, { host: "127.0.0.1", port: web.port }),
      ]);
    } finally {
      for (const association of associations) association[Symbol.dispose]();
    }
  });

  async function expectEcho(association: UdpAssociation, text: string): Promise<void> {
    association.send(text, target());
    const { payload, from } = await association.receive();
    expect(Buffer.from(payload).toString()).toBe(text);
    expect(from).toEqual(target());
  }
});

/** As RFC 1928 section 7 has it, for an IPv4 target. */
function datagram({ host, port }: Destination, payload: string, fragment = 0): Buffer {
  const head = [0, 0, fragment, 1, ...host.split(".").map(Number), port >> 8, port & 255];
  return Buffer.concat([Buffer.from(head), Buffer.from(payload)]);
}

async function isFree({ host, port }: Destination): Promise<boolean> {
  try {
    (await Bun.udpSocket({ hostname: host, port })).close();
    return true;
  } catch {
    return false;
  }
}
