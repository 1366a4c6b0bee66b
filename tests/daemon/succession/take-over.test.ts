import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import { askSuccessor, findTakeOver } from "../../../src/daemon/succession/take-over.ts";
import { startLineServer } from "../../../src/net/lines/line-server.ts";
import { freePort } from "../../rig/free-port.ts";
import { rejectionOf } from "../../rig/rejection.ts";
import { temporaryFolder } from "../../rig/temporary-folder.ts";

test("an ordinary start takes nothing over", () => {
  expect(findTakeOver({ PATH: "/bin" }, "/nowhere/control.sock")).toBeUndefined();
});

describe("a process that was started to take over", () => {
  test("a process that was started to take over finds the socket and the lock where it inherits them", () => {
    const environment = {
      WPDAEMON_HANDOVER: "a token",
      WPDAEMON_SOCKETS: 'a token {"line port":[3],"event stream":[5,6]}',
    };
    const takeOver = findTakeOver(environment, "/nowhere/control.sock");
    expect([takeOver?.sockets, takeOver?.lock.descriptor]).toEqual([{ "line port": [3], "event stream": [5, 6] }, 4]);
  });

  test("a process that was the daemon before has nobody to ask, and finds the lock among the sockets", async () => {
    const environment = { WPDAEMON_HANDOVER: "in-place", WPDAEMON_SOCKETS: 'in-place {"line port":[9],"lock":[11]}' };
    const takeOver = findTakeOver(environment, "/nowhere/control.sock");
    await takeOver?.claim();
    await takeOver?.confirm();
    expect([takeOver?.sockets, takeOver?.lock.descriptor, takeOver?.isInPlace]).toEqual([
      { "line port": [9] },
      11,
      true,
    ]);
  });

  test("a process that was started to take over from version 2.0.0 inherits the line protocol's socket alone", () => {
    // Which hands on what it was given itself, if ours handed over to it.
    for (const WPDAEMON_SOCKETS of [undefined, 'another token {"line port":[3],"event stream":[5,6]}']) {
      const takeOver = findTakeOver({ WPDAEMON_HANDOVER: "a token", WPDAEMON_SOCKETS }, "/nowhere/control.sock");
      expect([takeOver?.sockets, takeOver?.lock.descriptor]).toEqual([{ "line port": [3] }, 4]);
    }
  });

  test("a process that was started to take over asks for the work, and tells that it serves, each with its number and token", async () => {
    using folder = temporaryFolder();
    const socket = join(folder.path, "control.sock");
    const asked: unknown[] = [];
    const server = Bun.serve({
      unix: socket,
      async fetch(request) {
        asked.push([request.method, new URL(request.url).pathname, await request.json()]);
        return Response.json({});
      },
    });
    try {
      const takeOver = findTakeOver({ WPDAEMON_HANDOVER: "a token" }, socket);
      await takeOver?.claim();
      await takeOver?.confirm();
      expect(asked).toEqual([
        ["POST", "/v1/handover/ready", { pid: process.pid, token: "a token", canReplace: true }],
        ["POST", "/v1/handover/done", { pid: process.pid, token: "a token", canReplace: true }],
      ]);
    } finally {
      await server.stop(true);
    }
  });

  test("a process that was started to take over ends where it is refused, with the words of the daemon before, cut short", async () => {
    using folder = temporaryFolder();
    const socket = join(folder.path, "control.sock");
    const server = Bun.serve({ unix: socket, fetch: () => new Response("n".repeat(1_000), { status: 409 }) });
    try {
      const claim = findTakeOver({ WPDAEMON_HANDOVER: "a token" }, socket)?.claim() ?? Promise.resolve();
      const failure = await rejectionOf(claim);
      expect([failure.code, failure.message]).toEqual([
        "handover-failed",
        `the daemon before refused /v1/handover/ready: ${"n".repeat(300)}`,
      ]);
    } finally {
      await server.stop(true);
    }
  });
});

describe("a line that reached the daemon before", () => {
  test("a line that reached the daemon before is answered by the successor", async () => {
    const heard: string[] = [];
    const server = startLineServer(
      { host: "127.0.0.1", port: 0 },
      {
        unterminated: "?",
        answer(line) {
          heard.push(new TextDecoder().decode(line));
          return '{"CMD":"state"}';
        },
      },
    );
    expect(await askSuccessor(server.port, "state:", 5_000)).toBe('{"CMD":"state"}');
    expect(heard).toEqual(["state:"]);
    server.stop();
  });

  test("a line that reached the daemon before gets an answer in the protocol's form where the successor gives none", async () => {
    expect(await askSuccessor(freePort(), "state:", 5_000)).toBe(
      '{"CMD":"unknown","result":null,"error":"The daemon was replaced: ask again"}',
    );
  });
});
