import { ENVIRONMENT } from "../../platform/environment.ts";
import { Failure } from "../../platform/failure.ts";
import { choosePort, findPaths } from "../arguments.ts";
import { isAbsence } from "./absence.ts";
import { type ControlClient, createControlClient } from "./control-client.ts";
import { createDaemonClient, type DaemonClient } from "./line-client.ts";

/** How to ask the daemon that the user means: a predecessor (C++, Python) knows the line protocol alone. */
export type ReachedDaemon = { readonly control: ControlClient } | { readonly line: DaemonClient };

export interface Where {
  readonly home?: string | undefined;
  readonly port?: string | undefined;
}

/** The control socket of the user's installation; whether anybody listens there shows in the first call. */
export function openControl(where: Where): ControlClient {
  return createControlClient(findPaths(where));
}

/**
 * The control socket of the user's installation; where no daemon of it runs, or the port that is asked for is another's,
 * the line protocol on that port.
 * @throws Failure `usage`, and why no daemon answers.
 */
export async function reachDaemon(where: Where): Promise<ReachedDaemon> {
  const control = openControl(where);
  const named = where.port ?? ENVIRONMENT.WPDAEMON_PORT;
  const port = choosePort(where.port);
  const absence = await findAbsence(control, named === undefined ? undefined : port);
  if (absence === undefined) return { control };
  const line = createDaemonClient(port);
  const { implementation } = await line.whoami().catch((fault: unknown) => {
    // The record of the last daemon explains more than a port on which nobody listens.
    throw named === undefined || absence.code === "daemon-not-running" || !isAbsence(fault) ? absence : fault;
  });
  // A wpdaemon on the usual port that is not on record here serves another home.
  if (named === undefined && implementation === "TypeScript") throw absence;
  return { line };
}

/** Why the control socket does not lead to the daemon that is meant; undefined where it does. */
async function findAbsence(control: ControlClient, port: number | undefined): Promise<Failure | undefined> {
  try {
    const { daemon } = await control.status();
    if (port === undefined || daemon.address.endsWith(`:${port}`)) return undefined;
    const message = `the daemon of ${daemon.home} serves ${daemon.address}, not port ${port}`;
    return new Failure("daemon-not-running", message, { hint: "leave -p away to ask that one" });
  } catch (error) {
    if (isAbsence(error)) return error;
    throw error;
  }
}
