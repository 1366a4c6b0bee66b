import { existsSync } from "node:fs";
import { EXIT } from "../../../platform/exit-codes.ts";
import { describeError, Failure } from "../../../platform/failure.ts";
import { acquireLock } from "../../../platform/files/lock.ts";
import { commonOptions, switchOption, yesOption } from "../../arguments.ts";
import { isAbsence } from "../../daemon/absence.ts";
import { endDaemon } from "../../daemon/end-daemon.ts";
import { type Circumstances, gatherCircumstances } from "../../doctor/circumstances.ts";
import { isDaemonAlive } from "../../doctor/known-daemon.ts";
import type { Category, FoundProcess } from "../../doctor/processes/classify-processes.ts";
import { findConfigWord } from "../../doctor/processes/command-words.ts";
import { type EndedProcess, endProcesses } from "../../doctor/processes/end-processes.ts";
import { findLeftovers, removeLeftover } from "../../doctor/processes/leftovers.ts";
import { confirm, say } from "../../output/report.ts";
import { openPaint, type Paint } from "../../output/terminal.ts";
import { defineVerb } from "../../verb.ts";

export const verb = defineVerb({
  name: "doctor clean",
  summary: "End leftover processes and remove leftover files",
  examples: ["wpdaemon doctor clean --dry-run"],
  args: {
    all: switchOption("The daemon that serves and its tunnels too"),
    "dry-run": switchOption("Say what would be done, and do nothing"),
    yes: yesOption,
    ...commonOptions,
  },
  async run({ args }) {
    const circumstances = await gatherCircumstances(args);
    const targets = chooseTargets(circumstances.processes, args.all);
    const plan = foresee(circumstances, targets, args.all);
    const paint = openPaint();
    const isEmpty = plan.processes.length + plan.files.length === 0;
    if (!args["dry-run"] && !isEmpty && !(await confirm(`${describe(plan, true, paint)}\nGo on?`, args))) return;
    const cleaned = args["dry-run"] ? plan : await clean(circumstances, targets, args.all);
    const isFailed = [...cleaned.processes, ...cleaned.files].some(({ error }) => error !== null);
    if (isFailed) process.exitCode = EXIT.failed;
    if (args.json) return say(JSON.stringify({ ok: true, data: { dryRun: args["dry-run"], ...cleaned } }));
    say(describe(cleaned, args["dry-run"], paint));
  },
});

interface Cleaned {
  readonly processes: readonly Outcome[];
  readonly files: readonly RemovedFile[];
}

interface Outcome extends Pick<EndedProcess, "pid" | "category" | "error"> {
  readonly outcome: EndedProcess["outcome"] | "request" | "planned";
}

interface RemovedFile {
  readonly path: string;
  /** Why it could not be removed; null for one that is gone, or to go. */
  readonly error: string | null;
}

const LEFT_OVER: readonly Category[] = ["daemon-stale", "tunnel-orphan", "version-check-stuck"];
const DAEMONS: readonly Category[] = ["daemon-current", "daemon-changing"];

/** @throws Failure where the processes could not be listed: nothing found is another thing. */
function chooseTargets(processes: Circumstances["processes"], all: boolean): readonly FoundProcess[] {
  if (processes instanceof Failure) throw processes;
  const wanted = all ? [...LEFT_OVER, ...DAEMONS, "tunnel-tracked"] : LEFT_OVER;
  return processes.filter(({ category }) => wanted.includes(category));
}

function foresee(circumstances: Circumstances, targets: readonly FoundProcess[], all: boolean): Cleaned {
  const daemonLives = !all && isDaemonAlive(circumstances.daemon);
  return {
    processes: targets.map(({ pid, category }) => ({ pid, category, outcome: "planned", error: null })),
    files: listLeftovers(circumstances, daemonLives, targets).map((path) => ({ path, error: null })),
  };
}

async function clean(circumstances: Circumstances, targets: readonly FoundProcess[], all: boolean): Promise<Cleaned> {
  const lives = isDaemonAlive(circumstances.daemon);
  // The daemon stops its tunnels when it is asked. If it cannot be asked, it is ended by signals below.
  const asked = all && lives ? await endServingDaemon(circumstances) : [];
  const holders = targets.filter(({ pid, category }) => DAEMONS.includes(category) && !includes(asked, pid));
  const ended = [...asked, ...(await endProcesses(holders))];
  const goesOn = ended.some(({ error }) => error !== null) || (lives && !all);
  const left = targets.filter(
    ({ pid, category }) => !includes(ended, pid) && (!goesOn || LEFT_OVER.includes(category)),
  );
  // As long as this is held, no daemon starts and takes over what is being ended.
  const lock = goesOn || !existsSync(circumstances.paths.own) ? undefined : acquireLock(circumstances.paths.lock);
  try {
    const processes = [...ended, ...(await endProcesses(left))];
    const files = listLeftovers(circumstances, goesOn, targets);
    return { processes, files: files.map((path) => ({ path, error: removeLeftover(path) ?? null })) };
  } finally {
    lock?.release();
  }
}

function includes(outcomes: readonly Outcome[], pid: number): boolean {
  return outcomes.some((outcome) => outcome.pid === pid);
}

/** @returns nothing where none answers or is on record. */
async function endServingDaemon({ control, paths, processes }: Circumstances): Promise<readonly Outcome[]> {
  try {
    const { pid, step } = await endDaemon(control, paths);
    return [{ pid, category: "daemon-current", outcome: step, error: null }];
  } catch (error) {
    if (isAbsence(error)) return [];
    const serving =
      processes instanceof Failure ? [] : processes.filter(({ category }) => category === "daemon-current");
    return serving.map(({ pid, category }) => ({ pid, category, outcome: "failed", error: describeError(error) }));
  }
}

function listLeftovers(
  { paths, processes, now }: Circumstances,
  daemonLives: boolean,
  ended: readonly FoundProcess[],
): readonly string[] {
  const going = processes instanceof Failure ? [] : processes.filter((process) => !ended.includes(process));
  const configsInUse = going.flatMap(({ words }) => findConfigWord(words) ?? []);
  return findLeftovers({ paths, daemonLives, configsInUse, now });
}

function describe({ processes, files }: Cleaned, isPlan: boolean, paint: Paint): string {
  const line = (done: string, what: string, object: string, error: string | null) =>
    error === null ? `${done} ${object}` : `${paint("failed", "red")} to ${what} ${object}: ${error}`;
  const lines = [
    ...processes.map(({ pid, category, outcome, error }) =>
      line(describeOutcome(outcome), "end", `process ${pid} (${category})`, error),
    ),
    ...files.map(({ path, error }) => line(isPlan ? "would remove" : "removed", "remove", path, error)),
  ];
  return lines.length === 0 ? "nothing is left over" : lines.join("\n");
}

function describeOutcome(outcome: Outcome["outcome"]): string {
  switch (outcome) {
    case "planned":
      return "would end";
    case "gone":
      return "gone already:";
    case "SIGKILL":
      return "killed";
    default:
      return "ended";
  }
}
