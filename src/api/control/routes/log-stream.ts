import { statSync } from "node:fs";
import { letGo } from "../../../platform/containment.ts";
import { attemptOr } from "../../../platform/failure.ts";
import { startInterval } from "../../../platform/timers.ts";
import { followLog } from "../../../tunnels/driver/log-follower.ts";
import { isNoise } from "../../../tunnels/wireproxy/log-signs.ts";
import { type Sink, STREAMS_PART, type Streams } from "../../http/streams.ts";
import type { LogTail } from "./log-tail.ts";

/** Milliseconds between two looks at a log, while somebody follows it. */
const POLL_MS = 200;

interface FollowedLog {
  readonly path: string;
  readonly tail: LogTail;
  /** Gives the path of the newest log of that name; it may take its time, and fail. */
  readonly find: () => Promise<string | undefined>;
}

/**
 * The end of a log and then what is added to it, as text. A log may be cut in place, and replaced by a new one under the
 * same path; when its tunnel starts again, the stream goes on with that run's log.
 */
export function streamLog(streams: Streams, log: FollowedLog): Response {
  return streams.open("text/plain; charset=utf-8", (sink) => {
    if (log.tail.lines.length > 0) sink.send(joinLines(log.tail.lines));
    return sendWhatComes(sink, log);
  });
}

/** @returns a function that ends it. */
function sendWhatComes(sink: Sink, { path, tail, find }: FollowedLog): () => void {
  let current = openLog(path, tail.end);
  let newest = path;
  let asking = false;
  const timer = startInterval(STREAMS_PART, POLL_MS, look);
  return () => {
    clearInterval(timer);
    current.follower.close();
  };

  function look(): void {
    if (!asking) letGo(STREAMS_PART, askForNewest());
    // What a slow reader has not taken yet is still in the file.
    if (sink.isFull()) return;
    const identity = identifyFile(newest);
    const lines = [...current.follower.read()];
    if (identity !== undefined && identity !== current.identity) {
      current.follower.close();
      current = openLog(newest, 0);
      lines.push(...current.follower.read());
    }
    const worthReading = lines.filter((line) => !isNoise(line));
    if (worthReading.length > 0) sink.send(joinLines(worthReading));
  }

  async function askForNewest(): Promise<void> {
    asking = true;
    newest = (await find().catch(() => undefined)) ?? newest;
    asking = false;
  }
}

function openLog(path: string, from: number) {
  return { identity: identifyFile(path), follower: followLog(path, from) };
}

/**
 * Tells a file from every other one, also from the one that takes its place under the same name. Undefined for what cannot
 * be looked at, be it for once: the log that is open goes on.
 */
function identifyFile(path: string): string | undefined {
  return attemptOr(undefined, () => {
    const { dev, ino } = statSync(path);
    return `${dev}:${ino}`;
  });
}

function joinLines(lines: readonly string[]): string {
  return `${lines.join("\n")}\n`;
}
