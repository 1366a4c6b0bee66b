import { expect, test } from "bun:test";
import { readMetrics } from "../../../src/tunnels/wireproxy/metrics.ts";
import { serveScript } from "../../net/scripted-server.ts";
import { freePort } from "../../rig/free-port.ts";

/** As wireproxy 1.1.3 answers. */
const SAMPLE = `private_key=REDACTED
listen_port=51234
public_key=${"0a".repeat(32)}
preshared_key=REDACTED
protocol_version=1
endpoint=198.51.100.7:51820
last_handshake_time_sec=1767225611
last_handshake_time_nsec=204118000
tx_bytes=14820
rx_bytes=90312
persistent_keepalive_interval=25
allowed_ip=0.0.0.0/0
allowed_ip=::/0
`;

const SECOND_PEER = `public_key=${"0b".repeat(32)}
preshared_key=REDACTED
protocol_version=1
endpoint=[2001:db8::1]:51820
last_handshake_time_sec=1767225612
last_handshake_time_nsec=0
tx_bytes=180
rx_bytes=88
persistent_keepalive_interval=0
allowed_ip=10.1.0.0/16
`;

test("the counters of a peer are read", async () => {
  using server = serveText(SAMPLE);
  expect(await readMetrics(server.port)).toEqual({
    sent: 14_820,
    received: 90_312,
    handshakeAt: 1_767_225_611_204,
    endpoint: "198.51.100.7:51820",
    keepAliveSeconds: [25],
  });
  expect(server.heard()).toMatch(/^GET \/[0-9a-f-]{36}\/\.\.\/metrics HTTP\/1\.0\r\n/);
});

test.each([SAMPLE + SECOND_PEER, SECOND_PEER + SAMPLE])(
  "several peers are summed, and each is given by itself as the log calls it; the address is that of the one heard last",
  async (text) => {
    using server = serveText(text);
    const counters = await readCounters(server.port);
    expect(counters).toMatchObject({
      sent: 15_000,
      received: 90_400,
      handshakeAt: 1_767_225_612_000,
      endpoint: "[2001:db8::1]:51820",
    });
    expect(counters?.keepAliveSeconds?.toSorted()).toEqual([0, 25]);
    expect(counters?.peers?.toSorted((one, other) => one.sent - other.sent)).toEqual([
      {
        name: "CwsL…LCws",
        sent: 180,
        received: 88,
        handshakeAt: 1_767_225_612_000,
        endpoint: "[2001:db8::1]:51820",
        keepAliveSeconds: [0],
      },
      {
        name: "CgoK…KCgo",
        sent: 14_820,
        received: 90_312,
        handshakeAt: 1_767_225_611_204,
        endpoint: "198.51.100.7:51820",
        keepAliveSeconds: [25],
      },
    ]);
  },
);

test("a list of networks as long as a config can hold is read", async () => {
  using server = serveText(SAMPLE + "allowed_ip=2001:db8:ffff:ffff:ffff:ffff:ffff:ffff/128\n".repeat(50_000));
  expect(await readMetrics(server.port)).toMatchObject({ sent: 14_820 });
});

test("a peer that was never heard has no handshake, and may have no address", async () => {
  const fresh = SECOND_PEER.replace(/endpoint=.*\n/, "").replace(/(time_n?sec)=\d+/g, "$1=0");
  using server = serveText(fresh);
  expect(await readMetrics(server.port)).toMatchObject({ handshakeAt: null, endpoint: null });
});

test.each([
  ["no peer", "private_key=REDACTED\nlisten_port=51234\n"],
  ["a counter that is no number", SAMPLE.replace("14820", "many")],
  ["a counter that is missing", SAMPLE.replace(/rx_bytes=.*\n/, "")],
  ["a handshake in a time that no date can show", SAMPLE.replace("1767225611", "9".repeat(19))],
  ["a page of another kind", "<html>public_key=</html>"],
])("%s is no answer", async (_, text) => {
  using server = serveText(text);
  expect(await readMetrics(server.port)).toBeUndefined();
});

test("an answer of 7 MiB, as of a long list of networks, is read, and one beyond 8 MiB is said to be too long", async () => {
  const network = "allowed_ip=10.0.0.0/8\n";
  using long = servePage(SAMPLE + network.repeat(320_000));
  using longer = servePage(SAMPLE + network.repeat(390_000));
  expect(await readMetrics(long.port)).toMatchObject({ sent: 14_820 });
  expect(await readMetrics(longer.port)).toBe("too long");
});

test("garbage, silence, and nobody there are no answer", async () => {
  using garbage = serveScript((socket) => void socket.end(new Uint8Array([0, 255, 10, 13, 61])));
  using silent = serveScript(() => undefined);
  using halting = serveScript((socket) => void socket.write("HTTP/1.0 200 OK\r\n\r\npublic_key=0a"));
  const ports = [garbage.port, silent.port, halting.port, freePort()];
  expect(await Promise.all(ports.map(readMetrics))).toEqual([undefined, undefined, undefined, undefined]);
});

function servePage(text: string) {
  const server = Bun.serve({ hostname: "127.0.0.1", port: 0, fetch: () => new Response(text) });
  return { port: server.port ?? 0, [Symbol.dispose]: () => void server.stop(true) };
}

function serveText(text: string) {
  return serveScript((socket, chunk) => {
    if (chunk === undefined) return;
    const answer = new TextEncoder().encode(`HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\n\r\n${text}`);
    const taken = socket.write(answer);
    if (taken === answer.length) socket.end();
  });
}

async function readCounters(port: number) {
  const counters = await readMetrics(port);
  if (counters === "too long") throw new Error("the answer is too long");
  return counters;
}
