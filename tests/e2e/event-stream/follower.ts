import { EXECUTABLE } from "../../rig/daemon-process.ts";
import { startLogged } from "../../rig/logged-process.ts";

/** `wpdaemon events` or `trader` without a terminal. */
export interface Follower extends AsyncDisposable {
  /** The JSON documents that it has printed. */
  documents(): readonly Record<string, unknown>[];
  /** What it has said beside them. */
  remarks(): readonly string[];
}

/** Runs `wpdaemon WORDS… --json` until the end of the scope. */
export function follow(...words: readonly string[]): Follower {
  const child = startLogged([EXECUTABLE, ...words, "--json"]);
  const lines = () => child.output().split("\n").slice(0, -1);
  return {
    documents: () => lines().flatMap((line) => (line.startsWith("{") ? [JSON.parse(line)] : [])),
    remarks: () => lines().filter((line) => !line.startsWith("{")),
    async [Symbol.asyncDispose]() {
      child.kill("SIGKILL");
      await child.ended;
      child[Symbol.dispose]();
    },
  };
}
