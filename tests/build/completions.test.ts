import { describe, expect, test } from "bun:test";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { completionFiles } from "../../build/release/pack-archive.ts";
import { VOCABULARY } from "../../build/release/vocabulary.ts";
import { lacksProgram } from "../rig/needs-program.ts";
import { temporaryFolder } from "../rig/temporary-folder.ts";

const FILES = completionFiles();
const SHELLS = [
  ["bash", "wpdaemon.bash"],
  ["zsh", "_wpdaemon"],
  ["fish", "wpdaemon.fish"],
] as const;

describe.each(SHELLS)("for %s", (shell, name) => {
  const script = FILES[name] ?? "";

  test.each(VOCABULARY.commands)("the completion has $name, with all that it takes", (command) => {
    expect(script).toContain(command.name);
    const lines = script.split("\n");
    const start = lines.findIndex((line) =>
      line.trimStart().startsWith(`${shell === "bash" ? `"${command.name}"` : `'${command.name}'`}) `),
    );
    const own =
      shell === "fish"
        ? lines.filter(
            (line) =>
              line.includes(`'__wpdaemon_is ${command.name}'`) || line.includes(`'__wpdaemon_is ${command.name};`),
          )
        : lines.slice(
            start,
            start + (shell === "bash" ? 1 : lines.slice(start).findIndex((line) => line.trim() === ";;")),
          );
    const text = own.join("\n");
    for (const { name, alias, type } of command.options) {
      if (type === "positional") continue;
      expect(text).toContain(shell === "fish" ? `-l ${name}` : `--${name}`);
      if (alias !== undefined) expect(text).toContain(shell === "fish" ? `-s ${alias} ` : `-${alias}`);
    }
  });

  test.skipIf(lacksProgram(shell))("the shell takes it without complaint", () => {
    using folder = temporaryFolder();
    const path = join(folder.path, name);
    writeFileSync(path, script);
    const { exitCode, stderr } = Bun.spawnSync([shell, "-n", path], { env: { ...process.env, HOME: folder.path } });
    expect({ exitCode, stderr: stderr.toString() }).toEqual({ exitCode: 0, stderr: "" });
  });
});

interface Case {
  readonly line: readonly string[];
  readonly offers: readonly string[];
}

/** What every shell offers for the last word. */
const CASES: readonly Case[] = [
  { line: ["con"], offers: ["config"] },
  { line: ["status", "us"], offers: ["us-east"] },
  { line: ["config", ""], offers: ["add", "check", "edit", "import", "list", "remove", "set"] },
  { line: ["doctor", "cl"], offers: ["clean"] },
  { line: ["doctor", "clean", "--d"], offers: ["--dry-run"] },
  { line: ["doctor", "--b"], offers: ["--bundle"] },
  { line: ["--run"], offers: ["--run-server-daemon"] },
  { line: ["up", ""], offers: ["eu-west", "us-east"] },
  { line: ["up", "us-east", "e"], offers: ["eu-west"] },
  { line: ["config", "remove", "u"], offers: ["us-east"] },
  { line: ["config", "add", "u"], offers: [] },
  { line: ["logs", ""], offers: ["audit", "daemon", "eu-west", "us-east"] },
  { line: ["run", "--via", ""], offers: ["eu-west", "us-east"] },
  { line: ["run", "--v"], offers: ["--via"] },
  { line: ["run", "--via", "us-east", "--", "basena"], offers: ["basename"] },
  { line: ["run", "--via", "us-east", "basena"], offers: ["basename"] },
  { line: ["wait", "us-east", "--health", "deg"], offers: ["degraded"] },
  { line: ["status", "--port", ""], offers: [] },
  { line: ["--home", "/et"], offers: ["/etc"] },
];

describe("bash offers", () => {
  test.each(CASES)("bash offers for $line", ({ line, offers }) => expect(askBash(line)).toEqual(offers));

  test("bash offers values behind =, which is a word to it", () => {
    expect(askBash(["run", "--via", "=", "u"])).toEqual(["us-east"]);
    expect(askBash(["run", "--via", "="])).toEqual(["eu-west", "us-east"]);
    expect(askBash(["run", "--via", "=", "us-east", "--", "basena"])).toEqual(["basename"]);
  });

  test("bash offers no second name to a command that takes one", () => {
    expect(askBash(["wait", "us-east", "e"])).toEqual([]);
  });

  test("a name with a blank as the shell must read it", () => {
    expect(askBash(["up", "my"], ["my home"])).toEqual(["my\\ home"]);
  });

  test("the configs of HOME where ARGUS_HOME is not set, and none where there are none", () => {
    using folder = temporaryFolder();
    makeConfigs(join(folder.path, ".argus"), ["home"]);
    expect(runBash(["up", ""], { HOME: folder.path })).toEqual(["home"]);
    expect(runBash(["up", "x"], { HOME: join(folder.path, "none") })).toEqual([]);
  });
});

describe.skipIf(lacksProgram("fish"))("fish offers", () => {
  test.each(CASES)("fish offers what it should for $line", ({ line, offers }) => {
    using folder = temporaryFolder();
    makeConfigs(folder.path, ["us-east", "eu-west"]);
    const script = join(folder.path, "wpdaemon.fish");
    writeFileSync(script, FILES["wpdaemon.fish"] ?? "");
    const { stdout, stderr } = Bun.spawnSync(
      ["fish", "--no-config", "-c", 'source $argv[1]; complete -C "$argv[2]"', script, ["wpdaemon", ...line].join(" ")],
      { env: { ...process.env, HOME: folder.path, ARGUS_HOME: folder.path } },
    );
    expect(stderr.toString()).toBe("");
    const words = stdout.toString().split("\n").filter(Boolean);
    expect(words.map((word) => (word.split("\t")[0] ?? "").replace(/\/$/, "")).sort()).toEqual([...offers]);
  });
});

function askBash(line: readonly string[], names: readonly string[] = ["us-east", "eu-west"]): readonly string[] {
  using folder = temporaryFolder();
  makeConfigs(folder.path, names);
  return runBash(line, { ARGUS_HOME: folder.path });
}

function runBash(line: readonly string[], environment: Readonly<Record<string, string>>): readonly string[] {
  const script = `${FILES["wpdaemon.bash"]}
COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
_wpdaemon
printf '%s\\n' "\${COMPREPLY[@]}"`;
  // compopt has nothing to set outside of a completion, and says so.
  const { stdout } = Bun.spawnSync(["bash", "--norc", "-c", script, "bash", "wpdaemon", ...line], {
    env: { PATH: process.env["PATH"], ...environment },
  });
  return [...new Set(stdout.toString().split("\n").filter(Boolean))].sort();
}

function makeConfigs(home: string, names: readonly string[]): void {
  mkdirSync(join(home, "wireproxy_confs"), { recursive: true });
  for (const name of [...names.map((name) => `${name}.conf`), "notes.txt"])
    writeFileSync(join(home, "wireproxy_confs", name), "");
}
