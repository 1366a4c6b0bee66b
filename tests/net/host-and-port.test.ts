import { expect, test } from "bun:test";
import { formatHostAndPort, hostOfUrl, parseHostAndPort } from "../../src/net/host-and-port.ts";

test.each([
  ["127.0.0.1:80", { host: "127.0.0.1", port: 80 }],
  ["name.example:65535", { host: "name.example", port: 65_535 }],
  ["[2001:db8::1]:443", { host: "2001:db8::1", port: 443 }],
  [":0", { host: "", port: 0 }],
])("%s is read as a host and a port, and written the same way", (text, parsed) => {
  expect(parseHostAndPort(text)).toEqual(parsed);
  expect(formatHostAndPort(parsed)).toBe(text);
});

test.each([
  "",
  "host",
  "host:",
  "host:65536",
  "host:-1",
  "host:0x50",
  "2001:db8::1:80",
  "[::1]",
  "[::1]80",
  "[[::1]]:80",
])("%j is no host with a port", (text) => expect(parseHostAndPort(text)).toBeUndefined());

test("the port may be left out where the reader knows another", () => {
  expect(parseHostAndPort("host", 80)).toEqual({ host: "host", port: 80 });
  expect(parseHostAndPort("[::1]", 80)).toEqual({ host: "::1", port: 80 });
  expect(parseHostAndPort("host:81", 80)).toEqual({ host: "host", port: 81 });
  expect(parseHostAndPort("::1", 80)).toBeUndefined();
});

test("the host of a URL has no brackets", () => {
  expect(hostOfUrl(new URL("http://[::1]:80/"))).toBe("::1");
  expect(hostOfUrl(new URL("http://name.example/"))).toBe("name.example");
});
