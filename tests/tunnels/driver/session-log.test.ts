import { describe, expect, test } from "bun:test";
import { existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { formatLocalTime } from "../../../src/platform/local-time.ts";
import {
  closeSessionLog,
  createSessionLog,
  pruneSessionLogs,
  type SessionHeader,
} from "../../../src/tunnels/driver/session-log.ts";
import { modeOf } from "../../rig/mode-of.ts";
import { failureOf } from "../../rig/rejection.ts";
import { temporaryFolder } from "../../rig/temporary-folder.ts";

const RULE = "=".repeat(80);
const STARTED = new Date(1_767_225_600_900);

describe("the header", () => {
  test("a session log's header is written byte for byte before the child's output, in a file for the owner alone", () => {
    using folder = temporaryFolder();
    const log = createSessionLog(header(folder.path));
    log.append("output\n");
    log.close();
    expect(basename(log.path)).toBe("1767225600_us-east.log");
    expect(modeOf(log.path)).toBe(0o600);
    expect(readFileSync(log.path, "utf8").split("\n")).toEqual([
      RULE,
      "WireProxy Server Log",
      RULE,
      `Start Time: ${formatLocalTime(STARTED)}`,
      "Unix Timestamp: 1767225600",
      "Configuration: us-east.conf",
      "WireProxy Version: wireproxy, version 1.1.3",
      "Configuration File: /confs/us-east.conf",
      "",
      "Process Output:",
      RULE,
      "output",
      "",
    ]);
  });

  test("a session log's header keeps a .conf in the middle of a name: only the suffix goes", () => {
    using folder = temporaryFolder();
    const log = createSessionLog({ ...header(folder.path), config: "a.config.conf" });
    log.close();
    expect(basename(log.path)).toBe("1767225600_a.config.log");
  });
});

test.each([
  ["graceful", "Graceful termination"],
  ["killed", "Force killed"],
  ["died-during-startup", "Process died during startup"],
  ["died", "Process died unexpectedly"],
] as const)("the footer after %s is written byte for byte", (ending, method) => {
  using folder = temporaryFolder();
  const path = join(folder.path, "a.log");
  writeFileSync(path, "output");
  closeSessionLog(path, ending, STARTED);
  expect(readFileSync(path, "utf8").split("\n")).toEqual([
    "output",
    RULE,
    "WireProxy Server Teardown",
    RULE,
    `Stop Time: ${formatLocalTime(STARTED)}`,
    "Unix Timestamp: 1767225600",
    "Status: Initiating shutdown",
    `Shutdown Method: ${method}`,
    "Final Status: Process terminated",
    RULE,
    "End of log",
    RULE,
    "",
  ]);
});

describe("the footer", () => {
  test("a session log's footer makes no new file where the log is gone, and that is no fault", () => {
    using folder = temporaryFolder();
    closeSessionLog(join(folder.path, "gone.log"), "graceful", STARTED);
    expect(readdirSync(folder.path)).toEqual([]);
  });

  test("a session log's footer does not follow a link that was laid in the log's place", () => {
    using folder = temporaryFolder();
    const [target, path] = [join(folder.path, "target"), join(folder.path, "a.log")];
    writeFileSync(target, "untouched");
    symlinkSync(target, path);
    closeSessionLog(path, "graceful", STARTED);
    expect(readFileSync(target, "utf8")).toBe("untouched");
  });
});

describe("names", () => {
  test("runs of one config within one second get session logs of their own", () => {
    using folder = temporaryFolder();
    const names = Array.from({ length: 3 }, () => {
      const log = createSessionLog(header(folder.path));
      log.append("mine");
      log.close();
      return basename(log.path);
    });
    expect(names).toEqual(["1767225600_us-east.log", "1767225600_us-east-2.log", "1767225600_us-east-3.log"]);
    for (const name of names) expect(readFileSync(join(folder.path, name), "utf8").match(/mine/g)).toEqual(["mine"]);
  });

  test("a link that was laid at the name is not followed: the next name is taken", () => {
    using folder = temporaryFolder();
    const target = join(folder.path, "target");
    writeFileSync(target, "untouched");
    symlinkSync(target, join(folder.path, "1767225600_us-east.log"));
    const log = createSessionLog(header(folder.path));
    log.append("output");
    log.close();
    expect(basename(log.path)).toBe("1767225600_us-east-2.log");
    expect(readFileSync(target, "utf8")).toBe("untouched");
  });

  test("a link that leads nowhere does not make a file where it leads", () => {
    using folder = temporaryFolder();
    const path = join(folder.path, "1767225600_us-east.log");
    symlinkSync(join(folder.path, "target"), path);
    try {
      createSessionLog(header(folder.path)).close();
    } catch {
      // To be refused, or to get another name: either will do here.
    }
    expect(lstatSync(path).isSymbolicLink()).toBe(true);
    expect(existsSync(join(folder.path, "target"))).toBe(false);
  });

  test("two configs do not get in each other's way", () => {
    using folder = temporaryFolder();
    const logs = ["us.conf", "us-2.conf"].map((config) => createSessionLog({ ...header(folder.path), config }));
    for (const log of logs) log.close();
    const third = createSessionLog({ ...header(folder.path), config: "us.conf" });
    third.close();
    expect(new Set([...logs, third].map((log) => log.path)).size).toBe(3);
  });
});

test("a folder that is missing is made for the owner alone", () => {
  using folder = temporaryFolder();
  const logs = join(folder.path, "deep", "logs");
  createSessionLog(header(logs)).close();
  expect(modeOf(logs)).toBe(0o700);
});

test("a folder that cannot be had is a Failure that names the log and the reason", () => {
  using folder = temporaryFolder();
  const file = join(folder.path, "file");
  writeFileSync(file, "");
  const failure = failureOf(() => createSessionLog(header(join(file, "logs"))));
  expect([failure.code, failure.message]).toEqual([
    "file-unusable",
    `Failed to create log file: ${join(file, "logs", "1767225600_us-east.log")}: ENOTDIR`,
  ]);
  const inItsPlace = failureOf(() => createSessionLog(header(file)));
  expect([inItsPlace.code, inItsPlace.message]).toEqual([
    "file-unusable",
    expect.stringMatching(/: (EEXIST|ENOTDIR)$/),
  ]);
});

describe("pruning", () => {
  test("pruning session logs keeps the newest by the time in their names, and what is not a session's", () => {
    using folder = temporaryFolder();
    const others = ["audit.log", "audit.log.1", "notes.txt", "_us.log", "12_.log", "x12_us.log", "7_us.txt"];
    const sessions = ["9_us.log", "10_us.log", "10_us-2.log", "100_eu.log", "1000_us.log"];
    for (const name of [...others, ...sessions]) writeFileSync(join(folder.path, name), "");
    pruneSessionLogs(folder.path, [], 2);
    expect(readdirSync(folder.path).sort()).toEqual([...others, "100_eu.log", "1000_us.log"].sort());
  });

  test("pruning session logs keeps those in use, however old, and counts them among the newest", () => {
    using folder = temporaryFolder();
    for (const seconds of [1, 2, 3, 4]) writeFileSync(join(folder.path, `${seconds}_us.log`), "");
    pruneSessionLogs(folder.path, [join(folder.path, "1_us.log"), join(folder.path, "4_us.log")], 2);
    expect(readdirSync(folder.path).sort()).toEqual(["1_us.log", "3_us.log", "4_us.log"]);
  });

  test("pruning session logs takes the former part of a log that was cut along, and keeps it with a log that stays", () => {
    using folder = temporaryFolder();
    for (const name of ["1_us.log", "1_us.log.1", "2_us.log", "2_us.log.1"]) writeFileSync(join(folder.path, name), "");
    pruneSessionLogs(folder.path, [], 1);
    expect(readdirSync(folder.path).sort()).toEqual(["2_us.log", "2_us.log.1"]);
  });

  test("pruning session logs passes over what it cannot remove or look at", () => {
    using folder = temporaryFolder();
    mkdirSync(join(folder.path, "1_us.log"));
    symlinkSync("2_us.log", join(folder.path, "2_us.log"));
    for (const seconds of [3, 4]) writeFileSync(join(folder.path, `${seconds}_us.log`), "");
    pruneSessionLogs(folder.path, [], 1);
    expect(readdirSync(folder.path).sort()).toEqual(["1_us.log", "4_us.log"]);
  });

  test("pruning session logs keeps a hundred unless told otherwise", () => {
    using folder = temporaryFolder();
    for (let seconds = 1; seconds <= 105; seconds++) writeFileSync(join(folder.path, `${seconds}_us.log`), "");
    pruneSessionLogs(folder.path, []);
    expect(readdirSync(folder.path).length).toBe(100);
    expect(existsSync(join(folder.path, "5_us.log"))).toBe(false);
  });
});

function header(folder: string): SessionHeader {
  return {
    folder,
    config: "us-east.conf",
    configFile: "/confs/us-east.conf",
    version: "wireproxy, version 1.1.3",
    startedAt: STARTED,
  };
}
