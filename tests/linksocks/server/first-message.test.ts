import { expect, test } from "bun:test";
import { judge } from "../../../src/linksocks/server/first-message.ts";

const MASK = [1, 2, 3, 4];
const PING = [0x89, 0x81, ...MASK, 0];

test.each<[string, number[], ReturnType<typeof judge>]>([
  ["nothing", [], "unknown"],
  ["half a head", [0x82], "unknown"],
  ["a short message", [0x82, 0x9b], "short"],
  ["a text message", [0x81, 0x9b], "short"],
  ["a message of 64 KiB less one", [0x82, 0xfe, 0xff, 0xff], "short"],
  ["half of such a length", [0x82, 0xfe, 0xff], "unknown"],
  ["a longer message", [0x82, 0xff], "too long"],
  ["a fragment, however short", [0x02, 0x81], "too long"],
  ["a continuation of nothing", [0x00, 0xff], "too long"],
  ["a ping", PING, "unknown"],
  ["a ping and a short message", [...PING, 0x82, 0x9b], "short"],
  ["a ping and a long message", [...PING, 0x82, 0xff], "too long"],
  ["nothing but pings", Array.from({ length: 400 }, () => PING).flat(), "too long"],
])("of %s the first message is judged by its head", (_, bytes, verdict) => {
  expect(judge(Buffer.from(bytes))).toBe(verdict);
});
