import { expect, test } from "bun:test";
import { Failure } from "../../../../src/platform/failure.ts";
import { readSourceText } from "../../../../src/tunnels/config/store/source-text.ts";

const TEXT = "[Interface]\nPrivateKey = x\n";
const read = (bytes: Uint8Array) => readSourceText(bytes, "us.conf");
const told = (bytes: Uint8Array) => read(bytes).changes.map(({ line, message }) => `${line} ${message}`);

test("a config in UTF-16, with its byte order mark or without, is read, and that is told", () => {
  const little = Buffer.from(TEXT, "utf16le");
  const big = Buffer.from(little).swap16();
  for (const bytes of [little, big, Buffer.from(`\ufeff${TEXT}`, "utf16le")]) {
    expect(read(bytes).text).toBe(TEXT);
    expect(told(bytes)).toEqual(["1 the file is written as UTF-8; it was UTF-16"]);
  }
  expect(() => read(little.subarray(0, 9))).toThrow("us.conf is not whole UTF-16 text");
});

test("lines that end in CR alone get LF, and those of Windows stay", () => {
  expect(read(Buffer.from("[Interface]\rMTU = 1\r"))).toMatchObject({ text: "[Interface]\nMTU = 1\n" });
  const windows = "[Interface]\r\nMTU = 1\r\n";
  expect(read(Buffer.from(windows))).toEqual({ text: windows, changes: [] });
});

test("invisible characters of a web page are left out of lines that count, each line told, but for a mark that begins a file", () => {
  const text = "\ufeff[Interface]\n\u200bPrivateKey = a\u00adb\n# c\u200b\nDNS = 1.1.1.1\u2060\n";
  expect(read(Buffer.from(text)).text).toBe("\ufeff[Interface]\nPrivateKey = ab\n# c\u200b\nDNS = 1.1.1.1\n");
  expect(told(Buffer.from(text))).toEqual([
    "2 an invisible character is left out",
    "4 an invisible character is left out",
  ]);
});

test("what ends a file of DOS, and zeros behind a text, are left out, and blanks stay", () => {
  expect(read(Buffer.from("[Interface]\r\nMTU\t= 1\r\n\u001a")).text).toBe("[Interface]\r\nMTU\t= 1\r\n");
  expect(told(Buffer.from("MTU = 1\n\0\0"))).toEqual(["2 an invisible character is left out"]);
});

test("typographic quotes around a whole value are written as plain ones, and others stay", () => {
  const text = "PrivateKey = “x”\nDNS = „1.1.1.1“\n# “y”\nPassword = a“b”\n";
  expect(read(Buffer.from(text)).text).toBe('PrivateKey = "x"\nDNS = "1.1.1.1"\n# “y”\nPassword = a“b”\n');
  expect(told(Buffer.from(text))).toEqual([
    "1 typographic quotes are written as plain ones",
    "2 typographic quotes are written as plain ones",
  ]);
});

test("what another program exports is refused by its name, with what to do instead", () => {
  const others = {
    "a picture": Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a]),
    "a packed archive": Buffer.from([0x1f, 0x8b, 0x08, 0x00]),
    "packed archive": Buffer.concat([Buffer.alloc(257, "us.conf"), Buffer.from("ustar")]),
    "a PDF document": Buffer.from("%PDF-1.7\n"),
    "a web page": Buffer.from("<!DOCTYPE html><html>"),
    "a link for another client": Buffer.from("wireguard://a@192.0.2.1:51820?publickey=b"),
    VyOS: Buffer.from("set interfaces wireguard wg01 address '10.0.0.2/32'\n"),
    "variables for a container": Buffer.from("VPN_TYPE=wireguard\nWIREGUARD_PRIVATE_KEY=a\n"),
    YAML: Buffer.from("proxies:\n  - name: wg\n    type: wireguard\n"),
    "a script": Buffer.from("#!/bin/sh\nwg set wg0 peer a\n"),
    "a word processor": Buffer.from("{\\rtf1\\ansi [Interface]\\par\n[Interface]\\par\n}"),
    empty: Buffer.from("\n \n"),
    JSON: Buffer.from('{\n  "outbounds": []\n}'),
    OpenVPN: Buffer.from("client\ndev tun\nremote vpn.example 1194 udp\n"),
    RouterOS: Buffer.from("# by RouterOS 7.16\n/interface wireguard\nadd name=wg\n"),
    "wg show": Buffer.from("interface: wg0\n  public key: a\n"),
    NetworkManager: Buffer.from("[connection]\nid=wg0\n\n[wireguard]\nprivate-key=a\n"),
    "systemd-networkd": Buffer.from("[NetDev]\nKind=wireguard\n"),
    OpenWrt: Buffer.from("\nconfig interface 'wg0'\n\toption proto 'wireguard'\n"),
  };
  for (const [what, bytes] of Object.entries(others)) {
    try {
      read(bytes);
      expect.unreachable();
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      expect([error.code, error.message]).toEqual(["config-invalid", expect.stringContaining(what)]);
      expect(error.hint).toBeString();
    }
  }
});

test("a config whose comments or values look like something else is no other program's", () => {
  for (const line of ["# client", "remote = 1", "; {", "# https://example.com"]) {
    expect(read(Buffer.from(`${line}\n${TEXT}`)).changes).toEqual([]);
  }
});
