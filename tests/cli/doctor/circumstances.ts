import { mkdirSync } from "node:fs";
import { createControlClient } from "../../../src/cli/daemon/control-client.ts";
import { attempt } from "../../../src/cli/doctor/attempt.ts";
import type { Circumstances } from "../../../src/cli/doctor/circumstances.ts";
import type { KnownDaemon } from "../../../src/cli/doctor/known-daemon.ts";
import { loadSettings } from "../../../src/daemon/settings.ts";
import { Failure } from "../../../src/platform/failure.ts";
import { pathsBelow } from "../../../src/platform/files/paths.ts";
import { temporaryFolder } from "../../rig/temporary-folder.ts";
import { DAEMON } from "../daemon/stub-daemon.ts";

/** An installation in which no daemon was ever started, in a folder of its own, and what a check sees of it. */
export function installation() {
  const folder = temporaryFolder();
  const paths = pathsBelow(folder.path);
  for (const path of [paths.own, paths.configs, paths.logs]) mkdirSync(path, { mode: 0o700 });
  return {
    paths,
    see(changes: Partial<Circumstances> = {}): Circumstances {
      return {
        paths,
        environment: { HOME: folder.path },
        platform: "linux",
        arch: "x64",
        user: process.getuid?.() ?? 0,
        now: Date.now(),
        port: 23_888,
        isPortNamed: false,
        settings: attempt(() => loadSettings(paths, {}, {})),
        control: createControlClient(paths),
        daemon: SILENT,
        processes: [],
        ...changes,
      };
    },
    [Symbol.dispose]: () => folder[Symbol.dispose](),
  };
}

/** No daemon, and none on record. */
export const SILENT: KnownDaemon = {
  status: new Failure("daemon-not-started", "no daemon runs for here"),
  record: undefined,
  children: [],
  lock: { isHeld: false, holder: undefined },
};

/** A daemon that runs as it should. */
export const SERVING: KnownDaemon = {
  status: { daemon: DAEMON, tunnels: [] },
  record: {
    process: { pid: DAEMON.pid, startTime: "1", executable: "/usr/bin/wpdaemon" },
    instanceId: DAEMON.instanceId,
    state: "running",
    stateReason: "ready",
    stateDetail: null,
    stateSince: DAEMON.startedAt,
  },
  children: [],
  lock: { isHeld: true, holder: DAEMON.pid },
};
