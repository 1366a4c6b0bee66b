import { expect, test } from "bun:test";
import { createNetlinkReader, readRouteMessages } from "../../../src/platform/network/network-messages.ts";

// As Linux 6.18 sent them: an address with a lifetime, the same renewed, and its end.
const ADDED =
  "4c000000140000001281016bb71200000218000001000000080001000a090909080002000a090909070003006c6f00000800080000000000140006003200000064000000c2cf1300c2cf1300";
const RENEWED =
  "4c000000140000001281016bb91200000218000001000000080001000a090909080002000a090909070003006c6f0000080008000000000014000600280000005a000000c2cf1300d6cf1300";
const REMOVED =
  "4c000000150000001381016bc01200000218000001000000080001000a090909080002000a090909070003006c6f0000080008000000000014000600280000005a000000c2cf1300d6cf1300";
/** An IPv6 address before and after the check that nobody else has it. */
const TENTATIVE =
  "480000001400000000000000000000000a40c000010000001400010020010db800000000000000000000000114000600ffffffffffffffff00d0130000d0130008000800c0000000";
const VERIFIED =
  "480000001400000000000000000000000a408000010000001400010020010db800000000000000000000000114000600ffffffffffffffff00d0130000d013000800080080000000";
const ROUTE =
  "3c000000180000061281016bbb12000002180000fe0300010000000008000f00fe000000080001000a080000080005000a0909010800040001000000";

/** What one reader makes of several pieces. */
function read(...pieces: readonly string[]): readonly boolean[] {
  const reader = createNetlinkReader();
  return pieces.map((piece) => reader(Uint8Array.fromHex(piece)));
}

test("an address is a change when it comes, changes its state or goes, and none when only its lifetime is renewed", () => {
  expect(read(ADDED, RENEWED, RENEWED, REMOVED, ADDED)).toEqual([true, false, false, true, true]);
  expect(read(TENTATIVE, VERIFIED, VERIFIED)).toEqual([true, true, false]);
});

test("several messages in one piece are each read", () => {
  expect(read(ADDED + VERIFIED, RENEWED + VERIFIED, RENEWED + ROUTE, ROUTE + RENEWED)).toEqual([
    true,
    false,
    true,
    true,
  ]);
});

test("addresses are told apart by their link", () => {
  const onSecondLink = ADDED.replace("0218000001000000", "0218000002000000");
  expect(read(ADDED, onSecondLink, ADDED)).toEqual([true, true, false]);
});

test("a route is a change, unless it stands in a cache", () => {
  const inCache = ROUTE.replace("fe03000100000000", "fe03000100020000");
  expect(read(ROUTE, ROUTE, inCache, ROUTE.replace("3c00000018", "3c00000019"))).toEqual([true, true, false, true]);
});

test("a link is a change, unless it is only a wireless card's scan", () => {
  const link = (attribute: string) =>
    `${(32 + attribute.length / 2).toString(16)}000000${"100000000000000000000000"}00000100020000000310000000000000${attribute}`;
  expect(read(link("080004000005dc00"), link("08000b0000000000"))).toEqual([true, false]);
});

test("what cannot be read is a change", () => {
  const cut = ROUTE.slice(0, -8);
  expect(read(cut, "00", "0000000018000000".padEnd(32, "0"), `${RENEWED}ffff`)).toEqual([true, true, true, true]);
});

test("macOS: routes, addresses and links are changes, single neighbours and questions are none", () => {
  const message = (type: number, flags = 0) => {
    const bytes = new Uint8Array(92);
    const view = new DataView(bytes.buffer);
    view.setUint16(0, bytes.length, true);
    view.setUint8(3, type);
    view.setUint32(8, flags, true);
    return bytes;
  };
  const [add, remove, change, get, newAddress, deletedAddress, link] = [1, 2, 3, 4, 0xc, 0xd, 0xe].map((type) =>
    message(type, 0x1),
  );
  for (const bytes of [add, remove, change, newAddress, deletedAddress, link]) {
    expect(readRouteMessages(bytes ?? new Uint8Array())).toBe(true);
  }
  const [cloned, neighbour] = [message(1, 0x20001), message(2, 0x405)];
  const quiet = Buffer.concat([get ?? [], cloned, neighbour].map((part) => Uint8Array.from(part)));
  expect(readRouteMessages(quiet)).toBe(false);
  expect(readRouteMessages(Buffer.concat([quiet, message(2, 0x1)]))).toBe(true);
  expect(readRouteMessages(quiet.subarray(0, 80))).toBe(true);
});
