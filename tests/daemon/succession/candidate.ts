import { closeSync, existsSync, openSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  type Claim,
  createHandOver,
  type HandOverParts,
  type Successor,
} from "../../../src/daemon/succession/hand-over.ts";
import { identifyProcess } from "../../../src/platform/process/process-identity.ts";
import { turn } from "../../rig/event-loop.ts";
import { temporaryFolder } from "../../rig/temporary-folder.ts";

/** Says that it is one of us, as every candidate has to. */
export const VERSION = `echo "WpDaemon version 9.9.9 (of a test)"`;

/** Tells who it is, what it was given and with which words, and stays. */
export const STAYS = `${report()}
exec sleep 60`;

/** As `STAYS`, until the test removes what it told. */
export const LEAVES = `${report()}
while [ -e "$REPORT" ]; do sleep 0.01; done
exit 3`;

/** For `--version`: says nothing, and stays. */
export const HANGS = `${tell("echo $$")}
exec sleep 60`;

/** For `--version`: says the right thing, and leaves a process that keeps its output open. */
export const LEAVES_SOMEBODY = `sleep 60 &
${tell("echo $!")}
${VERSION}
exit 0`;

export interface CandidateReport extends Claim {
  /** What it read from its descriptors 3 and 4. */
  readonly listener: string;
  readonly lock: string;
  readonly words: string;
  /** Of its environment. */
  readonly own: string;
  readonly collector: string;
}

/**
 * A hand-over to a small program.
 * @param version shell commands for `--version`.
 * @param work shell commands for everything else.
 */
export function createHandOverRig(version: string, work: string, overrides: Partial<HandOverParts> = {}) {
  const place = temporaryFolder();
  const program = join(place.path, "candidate");
  const reportFile = join(place.path, "report");
  const calls: string[] = [];
  const pids = new Set<number>();
  writeFileSync(program, `#!/bin/sh\nif [ "$1" = --version ]; then\n${version}\nexit\nfi\n${work}\n`, { mode: 0o755 });
  for (const name of ["listener", "lock"]) writeFileSync(join(place.path, name), `the ${name}`);
  const open = (name: string) => openSync(join(place.path, name), "r");
  const lock = open("lock");
  let lent = -1;
  const handOver = createHandOver({
    arguments: ["--daemon", "-p", "1234"],
    environment: { PATH: process.env["PATH"], REPORT: reportFile, OWN: "yes" },
    keepsNumber: false,
    async becomeProgram(as) {
      calls.push(`become ${as === program}`);
    },
    lend() {
      calls.push("lend");
      lent = open("listener");
      return { sockets: { "line port": [lent] }, lock };
    },
    async freeze() {
      calls.push("freeze");
    },
    async resume({ "line port": sockets }) {
      calls.push(`resume ${sockets?.[0] === lent && isOpen(lent)}`);
    },
    leave: ({ pid, version: said }: Successor) => void calls.push(`leave ${pid === [...pids].at(-1)} ${said}`),
    ...overrides,
  });
  return {
    handOver,
    program,
    /** Whether the socket that was lent last is still open here. */
    isLent: () => isOpen(lent),
    calls,
    reportFile,
    /** What the candidate tells, once it does; it waits without a timer. */
    async report(): Promise<CandidateReport> {
      while (!existsSync(reportFile)) await turn();
      const [pid, token = "", listener = "", lockText = "", words = "", own = "", collector = ""] = readFileSync(
        reportFile,
        "utf8",
      ).split("\n");
      pids.add(Number(pid));
      return { pid: Number(pid), token, listener, lock: lockText, words, own, collector };
    },
    async [Symbol.asyncDispose]() {
      for (const pid of pids) {
        if (identifyProcess(pid) !== undefined) process.kill(pid, "SIGKILL");
        while (identifyProcess(pid) !== undefined) await turn();
      }
      closeSync(lock);
      place[Symbol.dispose]();
    },
  };
}

function isOpen(descriptor: number): boolean {
  return existsSync(`/dev/fd/${descriptor}`);
}

function report(): string {
  const words = ["$$", "$WPDAEMON_HANDOVER", "$(cat <&3)", "$(cat <&4)", "$*", "$OWN", "$BUN_GC_TIMER_DISABLE"];
  return tell(words.map((word) => `echo "${word}"`).join("; "));
}

/** Whoever reads it sees all of it or nothing. */
function tell(commands: string): string {
  return `{ ${commands}; } > "$REPORT.draft"\nmv "$REPORT.draft" "$REPORT"`;
}
