import { expect, test } from "bun:test";
import { US_EAST } from "../../rig/tunnel-entry.ts";
import { until } from "../../rig/until.ts";
import { ENTRY, runCommandLine } from "../command-line.ts";
import { refuse, startStubDaemon } from "../daemon/stub-daemon.ts";
import { GIVEN_BACK, openViewerTerminal, TAKEN } from "../trader/viewer-terminal.ts";

function watch(home: string, columns: number) {
  return openViewerTerminal([process.execPath, ENTRY, "status", "--watch", "--home", home], { columns });
}

test.each([120, 80, 40])("`status --watch` fits a terminal of %d columns, and shows what is new", async (columns) => {
  let restarts = 0;
  const routes = {
    "GET /v1/status": () => ({ daemon: stub.daemon, tunnels: [{ ...US_EAST, restarts: restarts++, pid: 5_000 }] }),
  };
  using stub = startStubDaemon({ routes });
  await using terminal = watch(stub.home, columns);
  await terminal.shows("us-east");
  await until("it has asked again", () => restarts > 3);
  for (const line of terminal.screen) expect(Bun.stringWidth(line)).toBeLessThanOrEqual(columns);
  terminal.resize(60, 10);
  await until("it has the new size", () => terminal.screen.length <= 10 && terminal.screen.at(-1) === "q quits");
  terminal.type("q");
  expect(await terminal.ended()).toBe(0);
  await until("the terminal is given back", () => terminal.output.endsWith(GIVEN_BACK));
  expect(terminal.output.split(TAKEN).length).toBe(2);
  expect(terminal.isCooked).toBe(true);
});

test("`status --watch` goes on without a daemon, says why, and ends at Ctrl-C", async () => {
  let isRefused = false;
  const routes = {
    "GET /v1/status": () =>
      isRefused ? refuse("internal", "the daemon is busy") : { daemon: stub.daemon, tunnels: [US_EAST] },
  };
  using stub = startStubDaemon({ routes });
  await using terminal = watch(stub.home, 120);
  await terminal.shows("us-east");
  isRefused = true;
  await terminal.shows("the daemon is busy; asked again every second");
  expect(terminal.screen.join("\n")).toContain("us-east");
  terminal.type("\u0003");
  expect(await terminal.ended()).toBe(0);
  expect(terminal.isCooked).toBe(true);
});

test("`status --watch` is refused without a terminal", async () => {
  const { code, complaint } = await runCommandLine(["status", "--watch"]);
  expect([code, complaint]).toEqual([2, expect.stringContaining("--watch needs a terminal")]);
});
