import type { Environment } from "../../platform/environment.ts";
import { keepOverExec } from "../../platform/libc.ts";
import { silenceSockets } from "../../platform/network/lend-listener.ts";
import { replaceKeepingDescriptors } from "../../platform/process/replace-process.ts";
import { RUNTIME_OPTIONS } from "../../platform/process/runtime-options.ts";
import { listIgnoredSignals } from "../../platform/process/signals.ts";
import type { Sockets } from "../part.ts";
import { HANDOVER_VARIABLE, IN_PLACE, LOCK, SOCKETS_VARIABLE } from "./take-over.ts";

/**
 * Whether nobody can be told of another process number than this one's: nobody listens for it as systemd does, and it was
 * not `wpdaemon start` that began this daemon, which tells nobody. What is process 1 must stay, whoever listens.
 */
export function mustKeepNumber(environment: Environment): boolean {
  if (process.platform !== "linux") return false;
  if (process.pid === 1) return true;
  return environment.NOTIFY_SOCKET === undefined && environment.WPDAEMON_DETACHED === undefined;
}

/** What a program needs in its environment to go on with this daemon's work. */
export function environmentOfSuccessor(own: Environment, token: string, inherited: Sockets): Environment {
  return {
    ...RUNTIME_OPTIONS,
    ...own,
    ...listIgnoredSignals(),
    [HANDOVER_VARIABLE]: token,
    // The token stands first: version 2.0.0 hands on the variables that it was given itself.
    [SOCKETS_VARIABLE]: `${token} ${JSON.stringify(inherited)}`,
  };
}

interface Replacement {
  readonly program: string;
  readonly arguments: readonly string[];
  readonly environment: Environment;
  readonly sockets: Sockets;
  /** Descriptor of the lock. */
  readonly lock: number;
}

/**
 * Becomes the program that goes on with the daemon's work: same process number, and the sockets and the lock stay open.
 * Children stay ours. It returns only by throwing. @throws Failure as `replaceKeepingDescriptors`.
 */
export function replaceInPlace({ program, sockets, lock, ...as }: Replacement): never {
  const kept: Sockets = { ...sockets, [LOCK]: [lock] };
  const descriptors = Object.values(kept).flat();
  // Bun does not start in a folder that is gone, and ours may be.
  process.chdir("/");
  silenceSockets(Object.values(sockets).flat());
  for (const descriptor of descriptors) keepOverExec(descriptor, true);
  try {
    const environment = environmentOfSuccessor(as.environment, IN_PLACE, kept);
    return replaceKeepingDescriptors(program, [program, ...as.arguments], environment);
  } catch (error) {
    for (const descriptor of descriptors) keepOverExec(descriptor, false);
    throw error;
  }
}
