import { AsyncLocalStorage } from "node:async_hooks";
import { type Audit, limitAudit } from "../platform/audit.ts";
import { type Fault, listenForFaults, noteFault } from "../platform/containment.ts";
import type { StateReason } from "./state/state-document.ts";

/** Config, with suffix, of the tunnel whose driver has begun what runs now. */
const carriedFor = new AsyncLocalStorage<string>();

/** Runs a driver's work, so that a fault that nothing contains is known to be that tunnel's, even in a timer of it. */
export function workFor<Result>(config: string, work: () => Result): Result {
  return carriedFor.run(config, work);
}

interface LastResortParts {
  readonly audit: Audit;
  /** Where the operator reads. */
  readonly say: (line: string) => void;
  /** Notes on disk that the daemon ends by a fault. @param config of the tunnel that has caused it. */
  readonly crash: (reason: StateReason, detail: string, config: string | undefined) => void;
  /** Ends the process. */
  readonly exit: () => void;
}

/**
 * Tells of every fault of ours, contained or not, and decides about those that nothing has contained.
 *
 * An exception ends the daemon: some callback of no part was cut off in the midst of what it changed, so that the daemon's
 * own state may be wrong. The next daemon takes its tunnels over. A rejection that nobody handles does not: an
 * asynchronous function changes what it keeps between two waits at once, so that what failed is left undone as a whole.
 */
export function installLastResort({ audit, say, crash, exit }: LastResortParts): void {
  const auditFault = limitAudit(audit);
  const sayFault = limitAudit((_, line) => say(line));
  listenForFaults((fault) => {
    auditFault("ERROR", `[fault] ${describeFault(fault)}`);
    sayFault("ERROR", fault.detail);
  });
  process.on("unhandledRejection", (error) => noteFault(nameCause(), error));
  process.on("uncaughtException", (error) => {
    const detail = error instanceof Error ? (error.stack ?? error.message) : String(error);
    try {
      // First to where no file has to be opened.
      say(`exception: ${detail}`);
      crash("exception", detail, carriedFor.getStore());
    } finally {
      exit();
    }
  });
}

/** In one line, for a log. */
function describeFault({ part, message, detail }: Pick<Fault, "part" | "message" | "detail">): string {
  const [, place = ""] = /\n\s+at (.+)/.exec(detail) ?? [];
  return `${part}: ${message}${place === "" ? "" : ` (at ${place})`}`;
}

function nameCause(): string {
  const config = carriedFor.getStore();
  return config === undefined ? "unknown" : `tunnel ${config}`;
}
