import { formatHostAndPort } from "../../net/host-and-port.ts";
import { letGo } from "../../platform/containment.ts";
import { describeError, type Failure } from "../../platform/failure.ts";
import { settlesWithin } from "../../platform/waiting.ts";
import type { Listener } from "../config/listeners.ts";
import type { Ending, RunningTunnel } from "./driver.ts";
import type { InProcessLog } from "./in-process-log.ts";
import { limitLog } from "./log-limit.ts";

/** A client closes at once; a stop has to be over within 3.5 s all the same. */
const CLOSES_WITHIN_MS = 2_500;

/** What carries a tunnel within this process. It reconnects by itself. */
interface InProcessClient extends Pick<RunningTunnel, "observe" | "onNews" | "retryNow"> {
  /** Resolves with the first connection; rejects as `ended` does. */
  readonly ready: Promise<void>;
  /** Resolves after `stop`; rejects where it has ended for good. */
  readonly ended: Promise<void>;
  stop(): Promise<void>;
}

interface InProcessRun extends Pick<RunningTunnel, "ownAddress" | "carrier" | "startedAt"> {
  /** Whose it is, see platform/containment.ts. */
  readonly part: string;
  readonly log: InProcessLog;
  /** Where it accepts SOCKS; undefined where it does not. */
  readonly socks: Listener | undefined;
  /** Says why it has ended by itself. */
  readonly explain: (cause: unknown, wasReady: boolean) => Failure;
  /** Called when its traffic has come to rest. */
  readonly onQuiet: () => void;
  /** Called once, when it has ended or was let go. */
  readonly onOver: () => void;
}

/** Watches a client from its first moment to the footer of its log. */
export function superviseClient(client: InProcessClient, run: InProcessRun): RunningTunnel {
  const { part, log, socks, ownAddress, carrier, startedAt } = run;
  const limit = limitLog(log.path);
  const noteTraffic = noticeQuiet(run.onQuiet);
  const ready = Promise.withResolvers<void>();
  const end = Promise.withResolvers<Ending>();
  let isReady = false;
  let isOver = false;
  let isReleased = false;
  let ending: Ending | undefined;
  let failure: Failure | undefined;

  const noteReady = client.ready.then(
    () => {
      isReady = true;
      ready.resolve();
    },
    // `ended` tells of it too.
    () => undefined,
  );
  const noteEnd = client.ended.then(finish, (error) => {
    log.append("error", describeError(error));
    failure = run.explain(error, isReady);
    finish();
  });
  letGo(part, noteReady);
  letGo(part, noteEnd, finish);

  const address = socks === undefined ? null : formatHostAndPort(socks);
  return {
    pid: process.pid,
    logFile: log.path,
    socks: address,
    openSocks: socks?.protected === false ? address : null,
    // Its port takes both.
    http: address,
    ownAddress,
    carrier,
    startedAt,
    ready: ready.promise,
    reconnects: true,
    isAlive: () => !isOver,
    ended: end.promise,
    whyEnded: () => failure,
    async observe() {
      const vitals = await client.observe();
      if (vitals.counters !== null) noteTraffic(vitals.counters.sent + vitals.counters.received);
      return vitals;
    },
    isProven: () => isReady,
    // Each attempt asks for the name anew.
    hasMoved: async () => false,
    // Its connection is its peer's answer.
    provoke: async () => true,
    retryNow: client.retryNow,
    onNews: client.onNews,
    async stop(how = "graceful") {
      ending ??= how;
      await close();
    },
    async release() {
      isReleased = true;
      await close();
    },
  };

  async function close(): Promise<void> {
    await settlesWithin(client.stop(), CLOSES_WITHIN_MS);
    finish();
  }

  function finish(): void {
    if (isOver) return;
    isOver = true;
    limit.stop();
    const how = isReleased ? "graceful" : (ending ?? (isReady ? "died" : "died-during-startup"));
    // After a release nobody is to hear of an end.
    if (!isReleased) end.resolve(how);
    log.finish(how);
    run.onOver();
  }
}

/**
 * Tells when traffic has come to rest: it is carried in this process, and leaves memory behind that can be given back.
 * @returns a function that takes the number of bytes carried so far, at each look.
 */
export function noticeQuiet(onQuiet: () => void): (carriedBytes: number) => void {
  let last = 0;
  let wasBusy = false;
  return (carriedBytes) => {
    const isBusy = carriedBytes > last;
    if (wasBusy && !isBusy) onQuiet();
    wasBusy = isBusy;
    last = carriedBytes;
  };
}
