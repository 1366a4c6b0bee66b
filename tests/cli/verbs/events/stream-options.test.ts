import { expect, test } from "bun:test";
import { parseStreamUrl } from "../../../../src/cli/verbs/events/stream-options.ts";

test("the address of a stream takes WebSocket addresses alone", () => {
  expect(parseStreamUrl("ws://localhost:1")).toBe("ws://localhost:1/");
  for (const text of ["", "localhost:8765", "http://localhost:8765"])
    expect(() => parseStreamUrl(text)).toThrow("--url");
});
