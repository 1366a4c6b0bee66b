import { parseHostAndPort } from "../../net/host-and-port.ts";
import type { Audit } from "../../platform/audit.ts";
import { letGo } from "../../platform/containment.ts";
import { settlesWithin } from "../../platform/waiting.ts";
import type { Placement, RunningTunnel } from "../driver/driver.ts";
import type { HealthKeeper } from "../health/health-keeper.ts";
import type { Drivers } from "./drivers.ts";
import type { FailoverOrder } from "./failover-order.ts";

/** The system tells of a child's death within a millisecond; a busy machine may take longer. */
const DEATH_NOTICE_MS = 80;

export interface CurrentRunParts {
  /** Whose it is, see platform/containment.ts. */
  readonly part: string;
  readonly config: string;
  readonly drivers: Pick<Drivers, "launch">;
  readonly failoverOrder: FailoverOrder;
  readonly keeper: Pick<HealthKeeper, "follow" | "leave">;
  readonly audit: Audit;
  readonly onEnded: (former: RunningTunnel) => void;
  /** A fault of ours has kept it from being cared for. */
  readonly onFault: () => void;
}

/** What carries a tunnel at the moment, if anything does, and where it listens. */
export function createCurrentRun(parts: CurrentRunParts) {
  const { part, config, drivers, failoverOrder, keeper, audit, onEnded, onFault } = parts;
  let running: RunningTunnel | undefined;
  let isReady = false;
  let log: string | null = null;
  let placement: Placement = { kind: "any" };

  return {
    get running() {
      return running;
    },
    /** Every listener of it accepts. */
    get isReady() {
      return isReady;
    },
    /** The log of this run or of the last one. */
    get log() {
      return log;
    },
    /** Where it listens, or will have to. */
    get placement() {
      return placement;
    },
    place(wanted: Placement): void {
      placement = wanted;
    },
    /** @throws Failure as `Drivers.launch`. */
    async launch(signal: AbortSignal): Promise<RunningTunnel> {
      const launched = await drivers.launch({ config, placement, carrier: failoverOrder.current(), signal });
      follow(launched);
      return launched;
    },
    follow,
    /** Lets go of it: what it does from now on does not count. */
    leave,
    /** Waits for the notice of a death that has just happened; costs 12 µs where the child lives. */
    async noticeDeath(): Promise<void> {
      if (running !== undefined && !running.isAlive()) await settlesWithin(running.ended, DEATH_NOTICE_MS);
    },
  };

  /** @param accepts whether that was seen already. */
  function follow(current: RunningTunnel, accepts = false): void {
    running = current;
    isReady = accepts;
    log = current.logFile;
    placement = pin(current, placement);
    keeper.follow(current);
    const noteReady = current.ready.then(() => {
      if (running === current) isReady = true;
    });
    const noteEnd = current.ended.then((ending) => {
      if (running !== current) return;
      leave();
      audit("INFO", `${config}: ${describeRun(current)} has ended (${ending})`);
      onEnded(current);
    });
    letGo(part, noteReady);
    letGo(part, noteEnd, onFault);
  }

  function leave(): void {
    running = undefined;
    isReady = false;
    keeper.leave();
  }
}

/** A tunnel within this process has the daemon's own number, which would read as if the daemon were meant. */
export function describeRun({ pid }: RunningTunnel): string {
  return pid === process.pid ? "its client" : `process ${pid}`;
}

/** The next run has to be found where this one was. */
function pin({ ownAddress, socks }: RunningTunnel, wanted: Placement): Placement {
  if (wanted.kind === "own") return wanted;
  if (ownAddress) return { kind: "own" };
  const port = parseHostAndPort(socks ?? "")?.port ?? 0;
  return port > 0 ? { kind: "port", socks: port } : wanted;
}
