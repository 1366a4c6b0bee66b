import type { LinkSocksClient } from "../../linksocks/client/client.ts";
import { formatHostAndPort } from "../../net/host-and-port.ts";
import { describeError, Failure } from "../../platform/failure.ts";
import { settlesWithin } from "../../platform/waiting.ts";
import type { Listener } from "../config/listeners.ts";
import type { Ending, RunningTunnel } from "../driver/driver.ts";
import { limitLog } from "../driver/log-limit.ts";
import type { LinkLog } from "./link-log.ts";
import { watchLink } from "./link-vitals.ts";

/** What a tunnel uses of the LinkSocks client that carries it. */
export type LinkClient = Pick<LinkSocksClient, "ready" | "ended" | "status" | "ping" | "hurry" | "stop">;

/** A client closes at once; a stop has to be over within 3.5 s all the same. */
const CLOSES_WITHIN_MS = 2_500;

interface LinkRun {
  /** Config with suffix whose server it is. */
  readonly config: string;
  readonly log: LinkLog;
  readonly socks: Listener | undefined;
  readonly ownAddress: boolean;
  readonly carrier: string | null;
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
  readonly now: () => number;
  /** Called when its traffic has come to rest. */
  readonly onQuiet: () => void;
  readonly onNews: RunningTunnel["onNews"];
  /** Called once, when it has ended or was let go. */
  readonly onOver: () => void;
}

/** Watches a client from its first moment to the footer of its log. */
export function superviseLink(link: LinkClient, run: LinkRun): RunningTunnel {
  const { log, socks } = run;
  const limit = limitLog(log.path);
  const watch = watchLink(link, run.now);
  const noteTraffic = noticeQuiet(run.onQuiet);
  const ready = Promise.withResolvers<void>();
  const end = Promise.withResolvers<Ending>();
  let isReady = false;
  let isOver = false;
  let isReleased = false;
  let ending: Ending | undefined;
  let failure: Failure | undefined;

  link.ready.then(
    () => {
      isReady = true;
      ready.resolve();
    },
    // `ended` tells of it too.
    () => undefined,
  );
  link.ended.then(finish, (error) => {
    log.append("error", describeError(error));
    failure = explain(error);
    finish();
  });

  const address = socks === undefined ? null : formatHostAndPort(socks);
  return {
    pid: process.pid,
    logFile: log.path,
    socks: address,
    openSocks: socks?.protected === false ? address : null,
    http: null,
    ownAddress: run.ownAddress,
    carrier: run.carrier,
    startedAt: run.startedAt,
    ready: ready.promise,
    reconnects: true,
    isAlive: () => !isOver,
    ended: end.promise,
    whyEnded: () => failure,
    observe() {
      const { receivedBytes, sentBytes } = link.status();
      noteTraffic(receivedBytes + sentBytes);
      return watch.observe();
    },
    isProven: () => isReady,
    // Each attempt asks for the name anew.
    hasMoved: async () => false,
    retryNow: link.hurry,
    onNews: run.onNews,
    async stop(how = "graceful") {
      ending ??= how;
      await close();
    },
    async release() {
      isReleased = true;
      await close();
    },
  };

  function explain(cause: unknown): Failure {
    const reason = cause instanceof Error ? cause.message : String(cause);
    const what = isReady ? "LinkSocks has ended" : "LinkSocks failed to start";
    return new Failure("start-failed", `${what}: ${reason}. Check log: ${log.path}`, {
      hint: `check Url, Token and Reverse in ${run.config}`,
      cause,
    });
  }

  async function close(): Promise<void> {
    await settlesWithin(link.stop(), CLOSES_WITHIN_MS);
    finish();
  }

  function finish(): void {
    if (isOver) return;
    isOver = true;
    limit.stop();
    const how = isReleased ? "graceful" : (ending ?? (isReady ? "died" : "died-during-startup"));
    log.finish(how);
    run.onOver();
    // Who lets go of it must not hear of an end.
    if (!isReleased) end.resolve(how);
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
