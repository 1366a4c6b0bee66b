import * as v from "valibot";
import { formatError } from "../../api/line/reply.ts";
import { askLine } from "../../net/lines/line-client.ts";
import type { Environment } from "../../platform/environment.ts";
import { Failure } from "../../platform/failure.ts";
import { inheritLock } from "../../platform/files/lock.ts";
import type { Sockets } from "../part.ts";

/** How a candidate finds the lock and the line protocol's listening socket; 2.0.0 hands over these two alone. */
export const INHERITED = { listener: 3, lock: 4 } as const;
const OF_2_0_0: Sockets = { "line port": [INHERITED.listener] };
/** Tells a daemon that it is to take over, and proves to the one before that it is the one that was started. */
export const HANDOVER_VARIABLE = "WPDAEMON_HANDOVER";
/** Which descriptors the daemon before lends it, in JSON: by the name of a part, those of its listening sockets. */
export const SOCKETS_VARIABLE = "WPDAEMON_SOCKETS";

/** In place of a token: this very process was the daemon before. */
export const IN_PLACE = "in-place";
/** What the descriptor of the lock is called there; where it is not named, it is the one of INHERITED. */
export const LOCK = "lock";

const socketsSchema = v.pipe(v.string(), v.parseJson(), v.record(v.string(), v.array(v.number())));

export type TakeOver = NonNullable<ReturnType<typeof findTakeOver>>;

/** The other side of a hand-over: this process was started to take over. @returns undefined for an ordinary start. */
export function findTakeOver(environment: Environment, controlSocket: string) {
  const token = environment[HANDOVER_VARIABLE];
  if (token === undefined) return undefined;
  const { [LOCK]: [lock = INHERITED.lock] = [], ...sockets } = readSockets(environment, token);
  return {
    sockets,
    lock: inheritLock(lock),
    /** Nobody else is there who serves meanwhile. */
    isInPlace: token === IN_PLACE,
    /** Asks the daemon before to let go. @throws Failure `handover-failed`. */
    claim: () => post("/v1/handover/ready"),
    /** Tells it that it may end. @throws Failure `handover-failed`. */
    confirm: () => post("/v1/handover/done"),
  };

  async function post(path: string): Promise<void> {
    if (token === IN_PLACE) return;
    const answer = await fetch(`http://localhost${path}`, {
      unix: controlSocket,
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ pid: process.pid, token, canReplace: true }),
    });
    if (answer.ok) return;
    throw new Failure("handover-failed", `the daemon before refused ${path}: ${(await answer.text()).slice(0, 300)}`);
  }
}

function readSockets(environment: Environment, token: string): Sockets {
  const written = environment[SOCKETS_VARIABLE] ?? "";
  return written.startsWith(`${token} `) ? v.parse(socketsSchema, written.slice(token.length + 1)) : OF_2_0_0;
}

/** Gives the reply of the daemon that has taken over to a line that reached the one before. It never rejects. */
export function askSuccessor(port: number, line: string, milliseconds: number): Promise<string> {
  return askLine({ host: "127.0.0.1", port }, line, milliseconds).catch(() =>
    formatError("unknown", "The daemon was replaced: ask again"),
  );
}
