import { expect, test } from "bun:test";
import { translateFromWgQuick } from "../../../../src/tunnels/wireproxy/config/translate.ts";
import { findIn, KEYS, sampleConfig } from "./sample-config.ts";

const translate = (text: string) => translateFromWgQuick(text, "us.conf");

test("a config that wireproxy takes as it is keeps every byte", () => {
  for (const text of [
    sampleConfig(),
    sampleConfig().replaceAll("\n", "\r\n"),
    sampleConfig({ peer: "AllowedIPs = ::/0 ,0.0.0.0/0 # all" }),
  ]) {
    expect(translate(text)).toEqual({ text, changes: [] });
  }
});

test("what a FritzBox exports is joined, without its search domain, and then starts", () => {
  const text = `[Interface]
PrivateKey = ${KEYS.privateKey}
Address = 192.168.178.201/24
Address = fd00::201/64
DNS = 192.168.178.1,fd00::1
DNS = fritz.box

[Peer]
PublicKey = ${KEYS.publicKey}
AllowedIPs = 192.168.178.0/24,0.0.0.0/0
AllowedIPs = fd00::/64, 10.1.2.3, 2001:db8::7
Endpoint = abc.myfritz.net:57165
PersistentKeepalive = off
[Socks5]
BindAddress = 127.0.0.1:25344
`;
  const { text: written, changes } = translate(text);
  expect(written).toContain("\nAddress = 192.168.178.201/24, fd00::201/64\nDNS = 192.168.178.1, fd00::1\n\n[Peer]");
  expect(written).toContain(
    "\nAllowedIPs = 192.168.178.0/24, 0.0.0.0/0, fd00::/64, 10.1.2.3/32, 2001:db8::7/128\nEndpoint",
  );
  expect(written).toContain("\nPersistentKeepalive = 0\n");
  expect(changes.map(({ line, message }) => `${line} ${message}`)).toEqual([
    "4 Address is joined into line 3",
    "5 search domains are left out of DNS: wireproxy knows none",
    "6 DNS is joined into line 5",
    "10 hosts in AllowedIPs get their prefix length",
    "11 AllowedIPs is joined into line 10",
    "13 PersistentKeepalive = off is written as 0",
  ]);
  expect(findIn(written)).toEqual([]);
});

test("a DNS line of search domains alone goes, and what looks like a mistyped address stays to be refused", () => {
  expect(translate("[Interface]\nDNS = corp.example\nMTU = 1400\n").text).toBe("[Interface]\nMTU = 1400\n");
  for (const text of ["[Interface]\nDNS = 10.0.0.300\n", "[Interface]\nDNS = fd00:::1\n"]) {
    expect(translate(text)).toEqual({ text, changes: [] });
  }
});

test("each peer keeps its own networks, and other sections what they have", () => {
  const text = "[Peer]\nAllowedIPs = 10.0.0.0/8\n[Peer]\nAllowedIPs = ::/0\n[x]\nDNS = a\nDNS = b\n";
  expect(translate(text)).toEqual({ text, changes: [] });
});

test("a host that stands in a list with and without its prefix length gets it, as is told", () => {
  const { text, changes } = translateFromWgQuick("[Peer]\nAllowedIPs = 10.0.0.1, 10.0.0.1/32\n", "us.conf");
  expect(text).toBe("[Peer]\nAllowedIPs = 10.0.0.1/32, 10.0.0.1/32\n");
  expect(changes.map(({ message }) => message)).toEqual(["hosts in AllowedIPs get their prefix length"]);
});

test("a hostile file of forty thousand lines of one list is joined before anybody has to wait", () => {
  const lines = Array.from({ length: 40_000 }, (_, index) => `DNS = 10.1.${index >> 8}.${index & 255}`);
  const { changes } = translateFromWgQuick(`[Interface]\n${lines.join("\n")}\n`, "us.conf");
  expect(changes.length).toBe(39_999);
});
