import { expect, test } from "bun:test";
import { reachDaemon } from "../../../src/cli/daemon/reach-daemon.ts";
import { startLineServer } from "../../../src/net/lines/line-server.ts";
import { freePort } from "../../rig/free-port.ts";
import { rejectionOf } from "../../rig/rejection.ts";
import { temporaryFolder } from "../../rig/temporary-folder.ts";
import { startStubDaemon } from "./stub-daemon.ts";

test("the control socket is asked where it is the home's daemon, also by its port", async () => {
  using stub = startStubDaemon({ daemon: { address: "127.0.0.1:4321" } });
  for (const port of [undefined, "4321"])
    expect(await reachDaemon({ home: stub.home, port })).toHaveProperty("control");
});

test("a port that is another daemon's leads to that one, over the line protocol", async () => {
  using stub = startStubDaemon({ daemon: { address: "127.0.0.1:4321" } });
  using other = answering("TypeScript");
  const reached = await reachDaemon({ home: stub.home, port: String(other.port) });
  expect("line" in reached && reached.line.port).toBe(other.port);
});

test("where no daemon of the home runs, a predecessor on the port is asked", async () => {
  using folder = temporaryFolder();
  using predecessor = answering("C++");
  const reached = await reachDaemon({ home: folder.path, port: String(predecessor.port) });
  expect("line" in reached && (await reached.line.whoami()).implementation).toBe("C++");
});

test("where neither is there, the failure names the port that was asked for", async () => {
  using folder = temporaryFolder();
  const port = freePort();
  const failure = await rejectionOf(reachDaemon({ home: folder.path, port: String(port) }));
  expect([failure.code, failure.message]).toEqual([
    "daemon-unreachable",
    `no daemon answers on 127.0.0.1:${port}: nothing listens there`,
  ]);
});

function answering(implementation: string): { readonly port: number; [Symbol.dispose](): void } {
  const result = { version: "1.0.0", implementation };
  const server = startLineServer(
    { host: "127.0.0.1", port: 0 },
    { unterminated: "", answer: () => JSON.stringify({ CMD: "whoami", result, error: null }) },
  );
  return { port: server.port, [Symbol.dispose]: () => server.stop() };
}
