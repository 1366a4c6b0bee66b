import { expect, test } from "bun:test";
import { decodeSocksDatagram, encodeSocksDatagram } from "../../../src/net/proxy/socks-codec.ts";
import { fc } from "../../rig/properties.ts";

test("the codec of datagrams reads and writes a datagram as RFC 1928 section 7 has it", () => {
  const bytes = Buffer.from("000000017f00000100357069 6e67".replaceAll(" ", ""), "hex");
  expect(decodeSocksDatagram(bytes)).toEqual({
    address: { host: "127.0.0.1", port: 53 },
    body: Buffer.from("ping"),
  });
  const written = encodeSocksDatagram({ address: { host: "127.0.0.1", port: 53 }, body: Buffer.from("ping") });
  expect(Buffer.from(written).equals(bytes)).toBe(true);
});

test.each(["::1", "2001:db8::1", "example.com", "192.0.2.1"])(
  "the codec of datagrams comes back as it was with %s",
  (host) => {
    const datagram = { address: { host, port: 65_535 }, body: Buffer.alloc(0) };
    expect(decodeSocksDatagram(Buffer.from(encodeSocksDatagram(datagram)))).toEqual(datagram);
  },
);

test("the codec of datagrams drops a fragment", () => {
  expect(decodeSocksDatagram(Buffer.from("000001017f0000010035", "hex"))).toBeUndefined();
});

test("the codec of datagrams drops a datagram to a name that is not UTF-8", () => {
  const head = Buffer.from([0, 0, 0, 3, 86, ...new Array<number>(86).fill(0xff), 0, 80]);
  expect(decodeSocksDatagram(head)).toBeUndefined();
});

test("the codec of datagrams drops what is too short, wherever it was cut, and never throws", () => {
  const whole = Buffer.from(encodeSocksDatagram({ address: { host: "example.com", port: 53 }, body: Buffer.alloc(0) }));
  for (let length = 0; length < whole.length; length += 1) {
    expect(decodeSocksDatagram(whole.subarray(0, length))).toBeUndefined();
  }
  fc.assert(fc.property(fc.uint8Array(), (bytes) => void decodeSocksDatagram(Buffer.from(bytes))));
});
