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

test("localhost as a listener's host, which wireproxy would ask the name server for, is written as 127.0.0.1", () => {
  const text = sampleConfig({ rest: "[Socks5]\nBindAddress = localhost:25344\nPassword = localhost:1" });
  const { text: written, changes } = translate(text);
  expect(written).toContain("[Socks5]\nBindAddress = 127.0.0.1:25344\nPassword = localhost:1\n");
  expect(changes.map(({ message }) => message)).toEqual(["localhost in BindAddress is written as 127.0.0.1"]);
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

test("a hostile file of nine thousand lines of one list is joined before anybody has to wait", () => {
  const lines = Array.from({ length: 9_000 }, (_, index) => `DNS = 10.1.${index >> 8}.${index & 255}`);
  const { changes } = translateFromWgQuick(`[Interface]\n${lines.join("\n")}\n`, "us.conf");
  expect(changes.length).toBe(8_999);
});

/** The translated text, and what is told of it, by line. */
function translated(text: string) {
  const { text: written, changes } = translate(text);
  return [written, ...changes.map(({ line, message }) => `${line} ${message}`)];
}

test("lists with blanks for commas, and netmasks, are written as wireproxy reads them", () => {
  expect(translated("[Interface]\nAddress = 10.0.0.2/255.255.255.0 fd00::2/64\nDNS = 10.0.0.1 10.0.0.3\n")).toEqual([
    "[Interface]\nAddress = 10.0.0.2/24, fd00::2/64\nDNS = 10.0.0.1, 10.0.0.3\n",
    "2 Address gets commas between its items",
    "2 a netmask in Address is written as a prefix length",
    "3 DNS gets commas between its items",
  ]);
  const odd = "[Interface]\nAddress = 10.0.0.2/255.0.255.0\n";
  expect(translated(odd)).toEqual([odd]);
});

test("an IPv6 endpoint without brackets gets them", () => {
  expect(translated("[Peer]\nEndpoint = 2001:db8::1:51820 # ams\n")).toEqual([
    "[Peer]\nEndpoint = [2001:db8::1]:51820 # ams\n",
    "2 Endpoint gets brackets around its IPv6 address",
  ]);
});

test("keys in hex, in the alphabet of URLs or without their last sign are written in base64", () => {
  const bytes = Buffer.from(KEYS.privateKey, "base64");
  for (const [written, how] of [
    [bytes.toString("hex"), "is written in base64; it was hex"],
    [bytes.toString("hex").toUpperCase(), "is written in base64; it was hex"],
    [KEYS.privateKey.slice(0, -1), "is written in standard base64"],
    [Buffer.alloc(32, 0xfb).toString("base64url"), "is written in standard base64"],
  ] as const) {
    const [text, ...told] = translated(`[Interface]\nPrivateKey = ${written}\n`);
    expect(findIn(`${text}`).filter((finding) => finding.includes("PrivateKey"))).toEqual([]);
    expect(told).toEqual([`2 PrivateKey ${how}`]);
  }
});

test("empty values that wireproxy chokes on are left out, and a key that is missing stays an error", () => {
  expect(
    translated("[Interface]\nMTU =\nListenPort = # none\nPostUp =\n[Peer]\nPresharedKey = (none)\nPublicKey =\n"),
  ).toEqual([
    "[Interface]\nPostUp =\n[Peer]\nPublicKey =\n",
    "2 MTU has no value, and is left out",
    "3 ListenPort has no value, and is left out",
    "6 PresharedKey has no value, and is left out",
  ]);
});

test("of a key that is given twice the last one stays, as wg reads it", () => {
  expect(
    translated("[Peer]\nEndpoint = a.example:1\n[Peer]\nEndpoint = b.example:1\nendpoint = c.example:1\n"),
  ).toEqual([
    "[Peer]\nEndpoint = a.example:1\n[Peer]\nendpoint = c.example:1\n",
    "4 Endpoint is left out: it is given again on line 5, and to wg the last one counts",
  ]);
});

test("a second heading goes on with the first interface, and two interfaces with keys of their own stay to be refused", () => {
  const text = "[Interface]\nAddress = 10.0.0.2\n[Peer]\n[Interface]\nAddress = fd00::2\nPrivateKey = x\n";
  expect(translated(text)).toEqual([
    "[Interface]\nAddress = 10.0.0.2, fd00::2\nPrivateKey = x\n[Peer]\n",
    "4 [Interface] is joined with the one on line 1",
    "5 Address is joined into line 2",
  ]);
  const two = "[Interface]\nPrivateKey = x\n[Interface]\nPrivateKey = y\n";
  expect(translated(two)).toEqual([two]);
});

test("a heading with blanks, or a comment with a bracket behind it, is written plainly", () => {
  expect(translated("[ Interface ]\nMTU = 1400\n[Peer] # see [1]\n")).toEqual([
    "[Interface]\nMTU = 1400\n[Peer]\n",
    "1 the heading is written as [Interface]",
    "3 the heading is written as [Peer]",
  ]);
});
