import { expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { mergeTunnels } from "../../../../src/cli/verbs/tunnels/list.ts";
import { US_EAST } from "../../../rig/tunnel-entry.ts";
import { runCommandLine } from "../../command-line.ts";
import { IDLE, startStubDaemon } from "../../daemon/stub-daemon.ts";

test("every config is there with its tunnel's state, and a tunnel that outlives its config too", () => {
  const entries = mergeTunnels(["z.conf", "us-east.conf"], [US_EAST, IDLE, { ...US_EAST, name: "gone" }]);
  expect(entries.map(({ name, state, socks }) => [name, state, socks])).toEqual([
    ["gone", "running", "127.0.0.1:25344"],
    ["us-east", "running", "127.0.0.1:25344"],
    ["z", "idle", null],
  ]);
});

test("`list` works with a daemon and without one", async () => {
  using stub = startStubDaemon({ tunnels: [US_EAST] });
  writeFileSync(`${stub.paths.configs}/us-east.conf`, "");
  const words = ["list", "--json", "--home", stub.home];
  const entry = { name: "us-east", state: "running", health: "healthy", socks: "127.0.0.1:25344" };
  expect(JSON.parse((await runCommandLine(words)).output)).toEqual([entry]);
  stub.stop();
  const { code, output } = await runCommandLine(words);
  expect(code).toBe(0);
  expect(JSON.parse(output)).toEqual([{ name: "us-east", state: "idle", health: "idle", socks: null }]);
  expect((await runCommandLine(["list", "--home", stub.home])).output).toBe(
    "NAME     STATE  HEALTH  SOCKS5\nus-east  idle   -       -\n",
  );
});
