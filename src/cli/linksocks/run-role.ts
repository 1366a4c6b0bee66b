import type { startClient } from "../../linksocks/client/client.ts";
import type { LogLine } from "../../linksocks/options.ts";
import { listenForFaults, noteFault } from "../../platform/containment.ts";
import { EXIT } from "../../platform/exit-codes.ts";
import { startIdleTrim } from "../../platform/memory/memory-trim.ts";
import { handleSignal } from "../../platform/process/signals.ts";
import type { ClientRequest } from "./client-options.ts";

export interface RunningRole {
  stop(): Promise<void>;
  /** A number that changes with whatever the role does. */
  activity(): number;
}

/**
 * Lets a role run until a signal has stopped it, or until it ends by itself.
 * @param ended rejects with what ends the role.
 */
export async function runRole(role: RunningRole, log: LogLine, ended: Promise<unknown> = never()): Promise<void> {
  const stopTrimming = trimWhenQuiet(role.activity);
  const stopTelling = tellFaults(log);
  using stopping = stopAtSignal(role.stop, log);
  try {
    await Promise.race([ended, stopping.stopped]);
  } finally {
    stopTelling();
    stopTrimming();
    await role.stop();
  }
}

/**
 * Runs a client, connector or provider until a signal stops it.
 * @param start starts it.
 * @throws Failure what ends it otherwise: a refused token, a lost server without reconnects, a taken port.
 */
export async function runClient(request: ClientRequest, log: LogLine, start: typeof startClient): Promise<void> {
  for (const warning of request.warnings) log("warn", warning);
  const client = await start({
    ...request.options,
    part: "LinkSocks client",
    now: () => performance.now(),
    onChange: () => undefined,
    log,
  });
  const activity = () => {
    const { receivedBytes, sentBytes, connected } = client.status();
    return receivedBytes + sentBytes + connected;
  };
  await runRole({ stop: client.stop, activity }, log, client.ended);
}

/** A defect ends what it belongs to, and not the role. @returns what ends that. */
function tellFaults(log: LogLine): () => void {
  const stopListening = listenForFaults(({ part, message }) =>
    log("error", `${part}: ${message} (a defect of wpdaemon)`),
  );
  const note = (error: unknown) => noteFault("unknown", error);
  process.on("unhandledRejection", note);
  return () => {
    stopListening();
    process.off("unhandledRejection", note);
  };
}

function never(): Promise<unknown> {
  return new Promise(() => undefined);
}

/** A stop that takes longer, in milliseconds, is left to the system. */
const STOP_WITHIN_MS = 5_000;

/**
 * Calls `stop` at the first SIGINT or SIGTERM, and ends the process with exit code 1 at a second one, or if the stop
 * hangs.
 */
export function stopAtSignal(stop: () => Promise<void>, log: LogLine) {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const ends = [handleSignal("SIGINT", take), handleSignal("SIGTERM", take)];
  return {
    /** Resolves when a signal came and `stop` is done; rejects as `stop` does. */
    stopped: promise,
    [Symbol.dispose]() {
      clearTimeout(timer);
      for (const end of ends) end();
    },
  };

  function take(signal: string): void {
    if (timer !== undefined) process.exit(EXIT.failed);
    log("info", `${signal}: stopping`);
    timer = setTimeout(() => {
      log("error", `the stop took longer than ${STOP_WITHIN_MS / 1_000} s`);
      process.exit(EXIT.failed);
    }, STOP_WITHIN_MS);
    stop().then(resolve, reject);
  }
}

/** Milliseconds. It must be shorter than the trim's first pass, which would otherwise come in the middle of traffic. */
const LOOK_MS = 2_500;

/** Gives memory back each time that a role has come to rest. @returns what ends it. */
function trimWhenQuiet(activity: () => number): () => void {
  const trim = startIdleTrim();
  let last = activity();
  const timer = setInterval(() => {
    const current = activity();
    if (current !== last) trim.touch();
    last = current;
  }, LOOK_MS);
  return () => {
    clearInterval(timer);
    trim.stop();
  };
}
