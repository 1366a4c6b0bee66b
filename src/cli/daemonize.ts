import { closeSync, openSync } from "node:fs";
import { Failure } from "../platform/failure.ts";
import { makePrivateFolder, PRIVATE_FILE } from "../platform/files.ts";
import { pathsBelow } from "../platform/paths.ts";
import { RUNTIME_OPTIONS } from "../platform/runtime-options.ts";
import { ownCommand } from "../platform/self.ts";
import { pause } from "../platform/waiting.ts";
import type { DaemonClient } from "./daemon-client.ts";

/** How long a daemon may take until it answers. */
const ANSWERS_WITHIN_MS = 10_000;

/**
 * Starts a daemon in the background, in a session of its own, its output appended to daemon.log, and waits until it
 * answers on the client's port.
 * @returns a sentence for the user.
 * @throws Failure `already-running`, `start-failed`.
 */
export async function daemonize(home: string, client: DaemonClient): Promise<string> {
  if (await answers(client)) throw new Failure("already-running", `a daemon already answers on port ${client.port}`);
  const paths = pathsBelow(home);
  makePrivateFolder(paths.own);
  const log = openSync(paths.log, "a", PRIVATE_FILE);
  const [program, ...before] = ownCommand();
  const child = Bun.spawn([program, ...before, "--daemon", "-p", String(client.port), "--home", home], {
    cwd: "/",
    detached: true,
    stdio: ["ignore", log, log],
    env: { ...RUNTIME_OPTIONS, ...process.env },
  });
  closeSync(log);
  child.unref();
  const deadline = performance.now() + ANSWERS_WITHIN_MS;
  while (performance.now() < deadline && child.exitCode === null) {
    if (await answers(client)) return `daemon running, process ${child.pid}, log ${paths.log}`;
    await pause(20);
  }
  throw new Failure("start-failed", "the daemon did not come up", { hint: `its last words are in ${paths.log}` });
}

async function answers(client: DaemonClient): Promise<boolean> {
  return await client.whoami().then(
    () => true,
    () => false,
  );
}
