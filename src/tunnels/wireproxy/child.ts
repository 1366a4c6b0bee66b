import { letGo } from "../../platform/containment.ts";
import type { Environment } from "../../platform/environment.ts";
import { Failure } from "../../platform/failure.ts";
import { removeIfPossible } from "../../platform/files/files.ts";
import { isIP } from "../../platform/network/ip-address.ts";
import { waitForDeath } from "../../platform/process/death-pipe.ts";
import { mayBeRunning, type ProcessIdentity, signalGroup } from "../../platform/process/process-identity.ts";
import { climbStopLadder, type StopLimits, type StopSignal } from "../../platform/process/stop-ladder.ts";
import { pause, settlesWithin } from "../../platform/waiting.ts";
import { partOf } from "../config/store/names.ts";
import type { ChildRecord, ChildRegister } from "../driver/child-record.ts";
import type { Ending, RunningTunnel } from "../driver/driver.ts";
import { limitLog } from "../driver/log-limit.ts";
import { closeSessionLog } from "../driver/session-log.ts";
import { waitUntilListening } from "./readiness.ts";
import { readSigns } from "./signs.ts";
import { explainStartFailure } from "./start-failure.ts";

/** The stop ladder stays within the 4.5 s that a client waits (docs/protocols/line.md, Timing). */
const STOP_LIMITS: StopLimits = { SIGTERM: 2_500, SIGKILL: 1_000 };

/** When to look whether an adopted process died just before its pipe was opened. */
const FIRST_LOOK_MS = 100;

export interface Child {
  readonly record: ChildRecord;
  readonly identity: ProcessIdentity;
  /** Resolves when the process is gone. */
  readonly death: Promise<unknown>;
  /** A former daemon started it: what its log says was said before our time. */
  readonly isAdopted: boolean;
}

/**
 * Watches a child from its first moment to the footer of its log, whether we spawned it or found it: finds out when it
 * listens, stops it on request, and on its death closes the log and takes it off the register.
 * @param onBound told once, in a sentence, where it tells more than is read.
 */
export function superviseChild(
  child: Child,
  register: ChildRegister,
  environment: Environment = process.env,
  onBound?: (text: string) => void,
): RunningTunnel {
  const { record, identity } = child;
  const { logFile, socks, http, ownAddress, carrier, startedAt } = record;
  const life = new AbortController();
  const limit = limitLog(logFile);
  const signs = readSigns(record, child.isAdopted, onBound);
  const ready = Promise.withResolvers<void>();
  const end = Promise.withResolvers<Ending>();
  let isReady = false;
  let isReleased = false;
  let ending: Ending | undefined;
  let stopping: Promise<void> | undefined;

  const part = partOf(record.config);
  const burial = child.death.then(() => {
    if (isReleased) return;
    const how = ending ?? (isReady ? "died" : "died-during-startup");
    try {
      // Reads the log to its end, before the footer.
      signs.isProven();
      forget();
      buryChild(record, how, register);
    } finally {
      end.resolve(how);
    }
  });
  letGo(part, burial);

  const noteListening = waitUntilListening(identity.pid, record.listeners, life.signal).then((listening) => {
    isReady = listening;
    if (!listening) return;
    // It has read its config, and reads it never again.
    if (record.derivedFile !== null) removeIfPossible(record.derivedFile);
    ready.resolve();
  });
  letGo(part, noteListening);

  return {
    pid: identity.pid,
    logFile,
    socks,
    openSocks: record.socksIsOpen ? socks : null,
    http,
    ownAddress,
    carrier,
    startedAt,
    ready: ready.promise,
    reconnects: false,
    isAlive: () => mayBeRunning(identity),
    ended: end.promise,
    whyEnded: () => (isReady ? undefined : explainStartFailure(logFile)),
    async observe() {
      const vitals = await signs.observe();
      // What a client asks for is written there: it can grow by megabytes in a second.
      limit.look();
      return vitals;
    },
    // Its log is read at each look; it tells nothing between two.
    onNews: () => undefined,
    isProven: signs.isProven,
    hasMoved: (counters) => hasPeerMoved(record.endpoints, counters.endpoint),
    async provoke() {
      const { provokePeers } = await import("./provoke.ts");
      return await provokePeers(record, environment);
    },
    // WireGuard roams by itself.
    retryNow: () => undefined,
    stop(how = "graceful") {
      stopping ??= climbDown(how);
      return stopping;
    },
    async release() {
      isReleased = true;
      forget();
    },
  };

  function forget(): void {
    life.abort();
    limit.stop();
    signs.close();
  }

  async function climbDown(how: Ending): Promise<void> {
    const endedBy = await climbStopLadder(STOP_LIMITS, send, (milliseconds) =>
      settlesWithin(end.promise, milliseconds),
    );
    if (endedBy !== undefined) return;
    // Later attempts may still succeed: the ladder can be climbed again.
    stopping = undefined;
    throw new Failure("stop-failed", `process ${identity.pid} is still there after SIGKILL`, {
      hint: "it hangs in the kernel, as on a dead network disk; try again when that is mended",
    });

    function send(signal: StopSignal): void {
      ending = signal === "SIGTERM" ? how : "killed";
      signalGroup(identity, signal);
    }
  }
}

/** Does what is left to do for a child that is dead: its log gets its footer, and its files and its record go. */
export function buryChild({ logFile, pipe, derivedFile }: ChildRecord, how: Ending, register: ChildRegister): void {
  closeSessionLog(logFile, how, new Date());
  removeIfPossible(pipe);
  if (derivedFile !== null) removeIfPossible(derivedFile);
  register.remove(logFile);
}

/** Resolves when an adopted process, which is not our child, is gone. */
export async function watchAdopted(record: ChildRecord, identity: ProcessIdentity): Promise<void> {
  const pipe = waitForDeath(record.pipe).catch(() => undefined);
  // The pipe tells of a death at once and costs nothing, but not of one before it was opened, or once it was removed.
  await settlesWithin(pipe, FIRST_LOOK_MS);
  if (mayBeRunning(identity)) await pipe;
  // One that cannot be looked at, as where no descriptor is free, may be running.
  while (mayBeRunning(identity)) await pause(1_000);
}

/**
 * Whether none of the peers' names stands for the address in use any more. wireproxy resolves a name once, when it starts.
 * @param hosts names or addresses, as the config has them.
 * @param endpoint `ip:port` in use; null where none is known.
 */
export async function hasPeerMoved(hosts: readonly string[], endpoint: string | null): Promise<boolean> {
  const used = /^\[?(.+?)\]?:\d+$/.exec(endpoint ?? "")?.[1];
  const names = hosts.filter((host) => !isIP(host));
  if (used === undefined || names.length === 0 || hosts.includes(used)) return false;
  const answers = await Promise.all(names.map((name) => Bun.dns.lookup(name).catch(() => [])));
  // Without any answer the resolver is out of reach like the peer: that says nothing.
  return answers.every((found) => found.length > 0) && !answers.flat().some(({ address }) => address === used);
}
