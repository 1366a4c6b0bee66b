import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import * as v from "valibot";
import { startDaemon } from "../../src/daemon/daemon.ts";
import { tryLock } from "../../src/platform/files/lock.ts";
import { freePort, listenOn } from "../rig/free-port.ts";
import { rejectionOf } from "../rig/rejection.ts";
import { makeDaemonHome } from "./daemon-home.ts";

describe("the parts stand in an order in which", () => {
  test.each([
    ["lock", "state file", "nobody reads or writes the file of a daemon that lives"],
    ["line port", "state file", "clients wait, and are not refused, while the rest is loaded"],
    ["line port", "tunnels", "a daemon that cannot have its port touches no tunnel"],
    ["state file", "tunnels", "children are on record before they are taken over, and until they have ended"],
    ["event feed", "tunnels", "what happens to a tunnel is kept from its first moment to its last"],
    ["tunnels", "take-over", "the daemon before ends only once its tunnels are ours"],
    ["take-over", "control API", "it is told so at its own socket, which ours then replaces"],
    ["tunnels", "control API", "the socket is there still while tunnels end"],
    ["tunnels", "line protocol", "nobody comes in any more when the tunnels end, or are let go"],
    ["line protocol", "event stream", "listeners take their leave before any request has to wait for a hand-over"],
    ["tunnels", "event stream", "listeners hear that the daemon stops before its tunnels end"],
    ["event stream", "announcement", "the daemon is said to run once all of it serves"],
  ])("%s comes before %s, so that %s", async (first, second) => {
    using home = makeDaemonHome();
    const daemon = await startDaemon(home.options);
    daemon.describe();
    await daemon.stop("cli-stop");
    const { parts } = v.parse(
      diagnosticsSchema,
      /diagnostics: (.*)/.exec(readFileSync(home.paths.auditLog, "utf8"))?.[1],
    );
    expect(parts.indexOf(first)).toBeGreaterThanOrEqual(0);
    expect(parts.indexOf(second)).toBeGreaterThan(parts.indexOf(first));
  });
});

test("a daemon that has stopped says so, and another one may serve", async () => {
  using home = makeDaemonHome();
  const daemon = await startDaemon(home.options);
  expect(home.state()).toMatchObject({ state: "running", stateReason: "ready" });
  await daemon.stop("cli-stop");
  expect(home.state()).toMatchObject({ state: "stopped", stateReason: "cli-stop" });
  const lock = tryLock(home.paths.lock);
  expect(lock).toHaveProperty("release");
  if ("release" in lock) lock.release();
});

test("a daemon that cannot have its port says so in the state file, and keeps nobody else from serving", async () => {
  const port = freePort();
  using _other = listenOn(port);
  using home = makeDaemonHome();
  const failure = await rejectionOf(startDaemon({ ...home.options, port }));
  expect(failure.code).toBe("address-in-use");
  expect(home.state()).toMatchObject({ state: "failed", stateReason: "port-unavailable", exitCode: 71 });
  const lock = tryLock(home.paths.lock);
  expect(lock).toHaveProperty("release");
  if ("release" in lock) lock.release();
});

const diagnosticsSchema = v.pipe(v.string(), v.parseJson(), v.object({ parts: v.array(v.string()) }));
