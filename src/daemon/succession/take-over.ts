import { formatError } from "../../api/line/reply.ts";
import { askLine } from "../../net/line-client.ts";
import { Failure } from "../../platform/failure.ts";
import { inheritLock, type Lock } from "../../platform/files/lock.ts";
import { HANDOVER_VARIABLE, INHERITED } from "./hand-over.ts";

/** The other side of a hand-over: this process was started to take over. */
export interface TakeOver {
  readonly listener: number;
  readonly lock: Lock;
  /** Asks the daemon before to let go. @throws Failure `handover-failed`. */
  claim(): Promise<void>;
  /** Tells it that it may end. @throws Failure `handover-failed`. */
  confirm(): Promise<void>;
}

/** @returns undefined where this process is an ordinary start. */
export function findTakeOver(
  environment: Readonly<Record<string, string | undefined>>,
  controlSocket: string,
): TakeOver | undefined {
  const token = environment[HANDOVER_VARIABLE];
  if (token === undefined) return undefined;
  return {
    listener: INHERITED.listener,
    lock: inheritLock(INHERITED.lock),
    claim: () => post("/v1/handover/ready"),
    confirm: () => post("/v1/handover/done"),
  };

  async function post(path: string): Promise<void> {
    const answer = await fetch(`http://localhost${path}`, {
      unix: controlSocket,
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ pid: process.pid, token }),
    });
    if (answer.ok) return;
    throw new Failure("handover-failed", `the daemon before refused ${path}: ${(await answer.text()).slice(0, 300)}`);
  }
}

/** Gives the reply of the daemon that has taken over to a line that reached the one before. It never rejects. */
export function askSuccessor(port: number, line: string, milliseconds: number): Promise<string> {
  return askLine({ host: "127.0.0.1", port }, line, milliseconds).catch(() =>
    formatError("unknown", "The daemon was replaced: ask again"),
  );
}
