import { expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { explainStartFailure } from "../../../src/tunnels/wireproxy/start-failure.ts";
import { temporaryFolder } from "../../rig/temporary-folder.ts";

const TIME = "2026/11/30 22:31:20";

function explain(...lines: readonly string[]) {
  using folder = temporaryFolder();
  const log = join(folder.path, "us.log");
  writeFileSync(log, `Process Output:\n====\n${lines.join("\n")}\n\n====\nWireProxy Server Teardown\n`);
  const failure = explainStartFailure(log);
  return failure?.message.replace(`WireProxy failed to start. Check log: ${log}`, "LOG");
}

test("a start that failed is explained by the last that the program said", () => {
  expect(explain(`DEBUG: ${TIME} Starting`, `${TIME} lookup vpn.example.com on 192.0.2.53:53: no such host`)).toBe(
    "LOG (the peer's name vpn.example.com cannot be looked up: no such host)",
  );
  expect(explain(`${TIME} lookup vpn.example.com: i/o timeout`)).toBe(
    "LOG (the peer's name vpn.example.com cannot be looked up: i/o timeout)",
  );
  expect(explain(`${TIME} listen tcp 127.0.0.1:25344: bind: address already in use`)).toBe(
    "LOG (it cannot listen on 127.0.0.1:25344: address already in use)",
  );
  expect(explain(`${TIME} something new`)).toBe("LOG (something new)");
  expect(explain("panic: landlock: not here", "", "goroutine 1 [running]:", "main.main()")).toBe(
    "LOG (panic: landlock: not here)",
  );
});

test("a name that cannot be looked up has a code of its own, by which it is tried again", () => {
  using folder = temporaryFolder();
  const log = join(folder.path, "us.log");
  writeFileSync(log, `${TIME} lookup vpn.example.com: server misbehaving\n`);
  const failure = explainStartFailure(log);
  expect([failure?.code, failure?.cause]).toEqual(["start-failed", expect.objectContaining({ code: "name-unknown" })]);
});

test("what to do is told by what could not be opened: the UDP port, a listener, or localhost", () => {
  using folder = temporaryFolder();
  const log = join(folder.path, "us.log");
  for (const [words, hint] of [
    ["listen udp4 :51820: bind: address already in use", "remove ListenPort"],
    ["listen udp 127.0.0.1:53: bind: address already in use", "in BindAddress"],
    ["listen tcp: lookup localhost on 192.0.2.53:53: no such host", "write 127.0.0.1"],
  ] as const) {
    writeFileSync(log, `${TIME} ${words}\n`);
    expect(explainStartFailure(log)?.hint).toContain(hint);
  }
});

test("a log that tells nothing, or holds a key, or is gone, explains nothing", () => {
  const key = Buffer.alloc(32, 7).toString("base64");
  expect(explain("DEBUG: 2026/11/30 22:31:20 Starting")).toBeUndefined();
  expect(explain(`${TIME} invalid base64 string: ${key}`)).toBeUndefined();
  expect(explainStartFailure("/nowhere/us.log")).toBeUndefined();
});
