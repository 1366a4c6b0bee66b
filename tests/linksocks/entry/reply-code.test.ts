import { expect, test } from "bun:test";
import { replyCodeFor } from "../../../src/linksocks/entry/reply-code.ts";

test.each([
  ["connection refused", 5],
  ["dial tcp 127.0.0.1:1: connect: connection refused", 5],
  ["dial tcp: lookup nowhere.invalid: no such host", 4],
  ["dial tcp 10.0.0.1:80: connect: network is unreachable", 3],
  ["dial tcp 10.0.0.1:80: i/o timeout", 4],
  ["no available reverse clients", 3],
  ["No available providers", 3],
  ["destination blocked by access control", 2],
  ["", 4],
] as const)("%p is SOCKS reply %p", (reason, code) => {
  expect(replyCodeFor(reason)).toBe(code);
});
