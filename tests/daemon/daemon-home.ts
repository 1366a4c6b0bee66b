import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import type { DaemonOptions } from "../../src/daemon/compose-parts.ts";
import { pathsBelow } from "../../src/platform/files/paths.ts";
import { temporaryFolder } from "../rig/temporary-folder.ts";

/** An installation for a daemon within this process, without a stream. */
export function makeDaemonHome() {
  const folder = temporaryFolder();
  const paths = pathsBelow(folder.path);
  mkdirSync(paths.own, { mode: 0o700 });
  writeFileSync(paths.settings, "stream: { enabled: false }\n");
  const said: string[] = [];
  const options: DaemonOptions = {
    home: folder.path,
    port: 0,
    environment: { WPDAEMON_WIREPROXY: "/bin/true" },
    version: "9.8.7",
    reason: "cli-start",
    say: (line) => said.push(line),
    onDownload: () => undefined,
    onComposed: () => undefined,
    onStop: () => undefined,
    onSucceeded: () => undefined,
  };
  return {
    paths,
    options,
    /** Where the daemon listens, once it has said so. */
    port: () => Number(/listening on 127\.0\.0\.1:(\d+)/.exec(said.join("\n"))?.[1]),
    state: () => JSON.parse(readFileSync(paths.state, "utf8")),
    [Symbol.dispose]: () => folder[Symbol.dispose](),
  };
}
