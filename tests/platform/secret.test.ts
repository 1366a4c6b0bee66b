import { expect, test } from "bun:test";
import { inspect } from "node:util";
import { Secret } from "../../src/platform/secret.ts";

test("a secret shows nothing of itself, however it is written", () => {
  const secret = new Secret("hush");
  const shown = [
    JSON.stringify({ secret }),
    String(secret),
    `${secret}`,
    inspect(secret, { showHidden: true }),
    Bun.inspect({ secret }),
  ];
  expect(shown.join("\n")).not.toContain("hush");
  expect(secret.reveal()).toBe("hush");
});
