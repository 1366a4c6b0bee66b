import { expect, test } from "bun:test";
import { askFor, parseStreamUrl } from "../../../src/viewer/client/stream-address.ts";

test("the address of a stream asks for what is wanted, and for nothing else", () => {
  const url = "ws://127.0.0.1:8765";
  expect(askFor({ url })).toBe("ws://127.0.0.1:8765/");
  expect(askFor({ url, account: 7001, types: ["a", "b"], since: 0 })).toBe(
    "ws://127.0.0.1:8765/?since=0&account=7001&types=a%2Cb",
  );
  expect(askFor({ url, snapshot: true })).toBe("ws://127.0.0.1:8765/?snapshot=1");
  expect(askFor({ url, snapshot: true, since: 3 })).toBe("ws://127.0.0.1:8765/?since=3");
});

test("the address of a stream takes WebSocket addresses alone", () => {
  expect(parseStreamUrl("ws://localhost:1")).toBe("ws://localhost:1/");
  for (const text of ["", "localhost:8765", "http://localhost:8765"])
    expect(() => parseStreamUrl(text)).toThrow("--url");
});
