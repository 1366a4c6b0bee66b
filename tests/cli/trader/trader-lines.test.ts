import { describe, expect, test } from "bun:test";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { freePort } from "../../rig/free-port.ts";
import { temporaryFolder } from "../../rig/temporary-folder.ts";
import { CONTRACT } from "../../viewer/fixture-database.ts";
import { runCommandLine } from "../command-line.ts";
import { startStreamStub } from "./stream-stub.ts";
import { ENTRY, lockout, makeHome, quote } from "./trader-rig.ts";

describe("without a terminal", () => {
  function run(home: { readonly path: string }, url: string, ...words: readonly string[]) {
    return Bun.spawn(
      [process.execPath, ENTRY, "trader", "--account-id", "7001", "--url", url, "--home", home.path, ...words],
      { stdin: "ignore", stdout: "pipe", stderr: "pipe", env: { ...process.env, TZ: "UTC" } },
    );
  }

  test("without a terminal, --json gives a document whenever something has changed", async () => {
    using home = makeHome();
    using stub = startStreamStub();
    const before = home.hash();
    const child = run(home, stub.url, "--json");
    const lines = readLines(child.stdout);
    expect(await lines()).toMatchObject({
      account_id: 7_001,
      source: "stream",
      realised: 0,
      unrealised: null,
      // Some of them are of the day before, shortly after 17:00 in New York.
      trades: expect.any(Number),
      positions: [{ contract: CONTRACT, side: "short", size: 3, price: null }],
      working_orders: 2,
      lockout: null,
    });
    stub.send({ seq: 50, ...quote(6861.75) }, { seq: 51, ...lockout("enough") });
    expect(await lines()).toMatchObject({ total: 15, lockout: { rule_id: "RULE-007", locked_until: null } });
    child.kill("SIGTERM");
    await child.exited;
    expect(home.hash()).toBe(before);
  });

  test("without a terminal, a document holds what others said, but no command for a terminal", async () => {
    using home = makeHome();
    using stub = startStreamStub();
    const child = run(home, stub.url, "--json");
    const nextLine = readTextLines(child.stdout);
    await nextLine();
    const reason = "wait\u009b2J a\u202e little";
    stub.send({ seq: 50, ...lockout(reason) });
    const line = await nextLine();
    expect(JSON.parse(line)).toMatchObject({ lockout: { reason } });
    expect(line).not.toMatch(/[\u009b\u202e]/);
    child.kill("SIGTERM");
    await child.exited;
  });

  test("without a terminal, a person gets a line", async () => {
    using home = makeHome();
    const child = run(home, `ws://127.0.0.1:${freePort()}`);
    const reader = child.stdout.getReader();
    const { value } = await reader.read();
    expect(new TextDecoder().decode(value)).toMatch(
      /^\d\d:\d\d:\d\d {2}account 7001 {2}last known state, .* old {2}realised 0\.00 {2}unrealised - {2}1 position {2}2 orders/,
    );
    await reader.cancel();
    // Who writes to nobody ends.
    child.kill("SIGTERM");
    await child.exited;
  });
});

test.each([
  ["trader", "account-id"],
  ["trader --account-id x", "--account-id needs a number"],
  ["trader --account-id 9007199254740993", "--account-id needs a number"],
  ["trader --account-id 1 --url http://localhost", "--url needs the address of a stream"],
])("`trader` refuses a wrong call: %s", async (words, complaint) => {
  using folder = temporaryFolder();
  const run = await runCommandLine([...words.split(" "), "--home", folder.path]);
  expect([run.code, run.output]).toEqual([2, ""]);
  expect(run.complaint).toContain(complaint);
  expect(existsSync(join(folder.path, "wpdaemon"))).toBe(false);
});

/** Gives the next line of a stream each time, as JSON. */
function readLines(stream: ReadableStream<Uint8Array>): () => Promise<unknown> {
  const nextLine = readTextLines(stream);
  return async () => JSON.parse(await nextLine());
}

function readTextLines(stream: ReadableStream<Uint8Array>): () => Promise<string> {
  const reader = stream.getReader();
  const decoder = new TextDecoder();
  let text = "";
  return async () => {
    while (!text.includes("\n")) {
      const { value, done } = await reader.read();
      if (done) throw new Error(`ended after ${JSON.stringify(text)}`);
      text += decoder.decode(value, { stream: true });
    }
    const [line = "", ...rest] = text.split("\n");
    text = rest.join("\n");
    return line;
  };
}
