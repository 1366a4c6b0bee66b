import { basename } from "node:path";
import { readLastLines } from "../../../api/control/routes/log-tail.ts";
import { readRecordedDaemon } from "../../../daemon/state/recorded-daemon.ts";
import { attemptOr, Failure } from "../../../platform/failure.ts";
import type { Paths } from "../../../platform/files/paths.ts";
import { nearestWord } from "../../../platform/nearest-word.ts";
import { toPlainText } from "../../../platform/plain-text.ts";
import { pause } from "../../../platform/waiting.ts";
import { tunnelNameOf } from "../../../tunnels/config/store/names.ts";
import { listSessionLogs } from "../../../tunnels/driver/session-log.ts";
import { findPaths, homeOption, parseWhole, switchOption } from "../../arguments.ts";
import { isAbsence } from "../../daemon/absence.ts";
import { createControlClient } from "../../daemon/control-client.ts";
import { openOutput, say } from "../../output/report.ts";
import { defineVerb } from "../../verb.ts";
import { openConfigStore } from "../configs/store.ts";
import { filterLines, type LogFilter, parseSince } from "./log-filter.ts";

export const verb = defineVerb({
  name: "logs",
  summary: "Show the log of a tunnel, the daemon, or all requests",
  details: "It works without a daemon, too.",
  examples: [
    "wpdaemon logs us-east --follow",
    "wpdaemon logs audit --since 15m --errors",
    "wpdaemon logs us-east --previous",
  ],
  args: {
    name: {
      type: "positional",
      valueHint: "log",
      description: "Config, audit or daemon; the audit log otherwise",
      required: false,
    },
    follow: { ...switchOption("Go on with new lines; needs a running daemon"), alias: "f" },
    lines: {
      type: "string",
      alias: "n",
      valueHint: "number",
      description: "How many lines, the last ones (50; all with --since)",
    },
    since: { type: "string", valueHint: "time", description: "Lines since then: 15m, 2h, 2026-11-21 16:00" },
    errors: switchOption("Only lines that tell of an error or a warning"),
    previous: switchOption("The log before: of the run before, or before it was rotated"),
    home: homeOption,
  },
  async run({ args }) {
    const name = tunnelNameOf(basename(args.name ?? "audit"));
    const lines = parseWhole("--lines", args.lines ?? String(args.since === undefined ? 50 : MOST_LINES), "-n 50");
    const since = args.since === undefined ? undefined : parseSince(args.since, Date.now());
    const filter = { since, onlyErrors: args.errors };
    const paths = findPaths(args);
    if (args.follow) {
      if (since === undefined && !args.previous) return await followFor(paths, name, lines, filter);
      throw new Failure("usage", "--follow goes without --since and --previous");
    }
    const path = args.previous ? findPreviousLog(paths, name) : findLog(paths, name);
    const last = path === undefined ? undefined : readWanted(path, lines, filter);
    if (last === undefined) {
      const configs = attemptOr([], () => openConfigStore(paths.home).list());
      const near = nearestWord(name, [
        ...configs.map(tunnelNameOf).filter((known) => known !== name),
        "audit",
        "daemon",
      ]);
      const which = args.previous ? "log before the last one" : "log";
      throw new Failure("file-unusable", `there is no ${which} of ${name} below ${paths.home}`, {
        hint:
          near === undefined
            ? "name a config that was brought up once, audit, or daemon; wpdaemon list shows the configs"
            : `did you mean "${near}"?`,
      });
    }
    if (last.length > 0) say(last.join("\n"));
  },
});

/** As many as are looked through; what is read of a log has a bound in bytes besides. */
const MOST_LINES = 1_000_000;

function readWanted(path: string, count: number, filter: LogFilter): readonly string[] | undefined {
  if (filter.since === undefined && !filter.onlyErrors) return readLastLines(path, count);
  const wanted = filterLines(readLastLines(path, MOST_LINES) ?? [], filter);
  return count === 0 ? [] : wanted.slice(-count);
}

/** How long to wait for another daemon in the place of one that was stopped, or that died, in milliseconds. */
const RETURNS_WITHIN_MS = { stopped: 2_000, died: 10_000 } as const;
/** A daemon that ends the stream so often in a row, and says nothing new, has no more to say. */
const MOST_EMPTY_ENDS = 3;
/** Lines that are remembered, so that a new connection can begin where the last one ended. */
const MOST_REMEMBERED = 1_000;

/**
 * Shows a log and what is added to it, also across daemons.
 * @throws Failure saying how the daemon has ended.
 */
async function followFor(paths: Paths, name: string, count: number, filter: LogFilter): Promise<void> {
  const control = createControlClient(paths);
  const write = openOutput();
  const seen: string[] = count === 0 ? [...readLog(1)] : [];
  let stream = await control.followLog(name, count);
  for (let emptyEnds = 0; ; ) {
    const daemon = findInstance(paths);
    const show = beginAnew();
    emptyEnds += 1;
    try {
      for await (const line of stream) if (show(line)) emptyEnds = 0;
    } catch (error) {
      if (!isAbsence(error)) throw error;
      emptyEnds = 0;
    }
    // Another stream that nobody reads would keep this process.
    if (emptyEnds >= MOST_EMPTY_ENDS) return;
    await pause(POLL_MS);
    // What was written while nobody read it stands in the file.
    const again = () => control.followLog(name, seen.length === 0 ? MOST_REMEMBERED : seen.length);
    stream = await followAgain(again, paths).finally(() => {
      for (const line of findNew(seen, readLog(MOST_REMEMBERED))) tell(line);
    });
    // A daemon that has followed another one has not ended the stream for want of words.
    if (findInstance(paths) !== daemon) emptyEnds = 0;
  }

  function readLog(lines: number): readonly string[] {
    const path = findLog(paths, name);
    return path === undefined ? [] : (readLastLines(path, lines) ?? []);
  }

  /** The first lines that come are the last ones that were seen. @returns what tells whether a line was new. */
  function beginAnew(): (line: string) => boolean {
    const known = seen.slice();
    return (line) => {
      const place = known.indexOf(line);
      known.splice(0, place === -1 ? known.length : place + 1);
      if (place === -1) tell(line);
      return place === -1;
    };
  }

  function tell(line: string): void {
    for (const wanted of filterLines([line], filter)) write(toPlainText(wanted));
    seen.push(line);
    if (seen.length > MOST_REMEMBERED) seen.shift();
  }
}

/** What of the end of a log follows the lines that were seen last; all of it where none of them stands there. */
export function findNew(seen: readonly string[], tail: readonly string[]): readonly string[] {
  let best = { length: 0, end: 0 };
  for (let end = tail.length; end > 0; end -= 1) {
    let length = 0;
    while (length < end && length < seen.length && tail[end - 1 - length] === seen.at(-1 - length)) length += 1;
    if (length > best.length) best = { length, end };
  }
  return tail.slice(best.end);
}

/** Which daemon the state file speaks of; undefined where that is not known. */
function findInstance(paths: Paths): string | undefined {
  return attemptOr(undefined, () => readRecordedDaemon(paths)?.instanceId);
}

/** @throws Failure that tells how the daemon has ended, where no other one has come in time. */
async function followAgain<Stream>(follow: () => Promise<Stream>, paths: Paths): Promise<Stream> {
  const lostAt = performance.now();
  for (;;) {
    try {
      return await follow();
    } catch (error) {
      const wasStopped = isAbsence(error) && readRecordedDaemon(paths)?.state === "stopped";
      const patience = wasStopped ? RETURNS_WITHIN_MS.stopped : RETURNS_WITHIN_MS.died;
      if (!isAbsence(error) || performance.now() - lostAt > patience) throw error;
      await pause(POLL_MS);
    }
  }
}

const POLL_MS = 100;

/** The file of a log, the newest run's for a tunnel. */
export function findLog({ logs: folder, auditLog, log }: Paths, name: string): string | undefined {
  if (name === "audit") return auditLog;
  if (name === "daemon") return log;
  return listRuns(folder, name)[0];
}

/** The file of the log before that one. */
function findPreviousLog({ logs: folder, auditLog, log }: Paths, name: string): string | undefined {
  if (name === "audit") return `${auditLog}.1`;
  if (name === "daemon") return `${log}.1`;
  return listRuns(folder, name)[1];
}

/** The logs of a tunnel's runs, the newest first. */
function listRuns(folder: string, name: string): readonly string[] {
  return listSessionLogs(folder)
    .map((session) => ({ ...session, number: numberOfRun(session.run, name) }))
    .filter(({ number }) => number > 0)
    .sort((one, other) => other.seconds - one.seconds || other.number - one.number)
    .map(({ path }) => path);
}

/** 1 for `us-east`, 2 for `us-east-2`; 0 for the run of another tunnel. */
function numberOfRun(run: string, name: string): number {
  if (run === name) return 1;
  return run.startsWith(name) ? Number(/^-(\d+)$/.exec(run.slice(name.length))?.[1] ?? 0) : 0;
}
