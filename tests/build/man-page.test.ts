import { describe, expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { manPage } from "../../build/release/man-page.ts";
import { VOCABULARY } from "../../build/release/vocabulary.ts";
import { spell } from "../../src/cli/manual.ts";
import { OURS_ALONE } from "../../src/platform/process/runtime-options.ts";
import { lacksProgram } from "../rig/needs-program.ts";
import { temporaryFolder } from "../rig/temporary-folder.ts";

const PAGE = manPage();

test("it has the sections of a manual page, in their order", () => {
  expect([...PAGE.matchAll(/^\.SH (.+)$/gm)].map(([, title]) => title)).toEqual([
    "NAME",
    "SYNOPSIS",
    "DESCRIPTION",
    "COMMANDS",
    "FLAGS",
    "FILES",
    "ENVIRONMENT",
    "EXIT STATUS",
    "EXAMPLES",
  ]);
});

describe("each command has a section", () => {
  const sections = PAGE.slice(PAGE.indexOf(".SH COMMANDS"), PAGE.indexOf(".SH FLAGS")).split("\n.SS ").slice(1);

  test.each(VOCABULARY.commands.map((command, index) => ({ ...command, index })))(
    "$name, with its options",
    (command) => {
      const section = sections[command.index] ?? "";
      expect(section).toStartWith(`"wpdaemon ${command.name.replaceAll("-", "\\-")}`);
      for (const word of command.options.flatMap(spell))
        expect(section).toContain(`\\fB${word.replaceAll("-", "\\-")}\\fR`);
      for (const value of command.options.flatMap(({ values }) => values)) {
        expect(section).toContain(value.replaceAll("-", "\\-"));
      }
      const named = command.options.filter(({ type }) => type === "positional").map(({ name }) => name.toUpperCase());
      for (const name of named) expect(section).toContain(`\n.B ${name}\n`);
    },
  );
});

test("the manual page has every flag", () => {
  const flags = PAGE.slice(PAGE.indexOf(".SH FLAGS"), PAGE.indexOf(".SH FILES"));
  for (const word of VOCABULARY.flags.flatMap(spell)) expect(flags).toContain(`\\fB${word.replaceAll("-", "\\-")}\\fR`);
});

test("the manual page has every variable of ours that is for others", async () => {
  const declared = await Bun.file(join(import.meta.dir, "../../src/platform/environment.ts")).text();
  const names = [...declared.matchAll(/readonly (ARGUS_HOME|WPDAEMON_\w+)\?/g)].map(([, name = ""]) => name);
  const section = PAGE.slice(PAGE.indexOf(".SH ENVIRONMENT"), PAGE.indexOf(".SH EXIT STATUS"));
  const named = [...section.matchAll(/^\.B (\w+)$/gm)].map(([, name = ""]) => name);
  expect(named).toEqual(expect.arrayContaining(names.filter((name) => !OURS_ALONE.includes(name))));
});

test("the manual page has every exit status", () => {
  const section = PAGE.slice(PAGE.indexOf(".SH EXIT STATUS"), PAGE.indexOf(".SH EXAMPLES"));
  const codes = [...section.matchAll(/^\.B (\d+)$/gm)].map(([, code]) => Number(code));
  expect(codes).toEqual([0, 1, 2, 3, 4, 5, 70, 71, 75, 126, 127]);
});

test("no line is taken for a request by mistake, and every hyphen is one that a shell knows", () => {
  for (const line of PAGE.split("\n")) {
    if (/^[.']/.test(line)) expect(line).toMatch(/^\.(TH|SH|SS|TP|PP|B|RS|RE|nf|fi)\b/);
    expect(line).not.toMatch(/(?<!\\)-/);
    expect(line).toMatch(/^[\x20-\x7e]*$/);
  }
});

test.skipIf(lacksProgram("groff"))("groff sets it without a warning", () => {
  const { exitCode, stderr, stdout } = check(["groff", "-man", "-ww", "-Tascii"]);
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
  expect(stdout).toContain("wpdaemon run --via us-east -- curl");
});

test.skipIf(lacksProgram("mandoc"))("mandoc finds nothing but the missing date", () => {
  const { stdout } = check(["mandoc", "-Tlint", "-Wwarning"]);
  expect(stdout.trim().split("\n")).toEqual([expect.stringContaining("missing date")]);
});

function check(command: readonly string[]) {
  using folder = temporaryFolder();
  const path = join(folder.path, "wpdaemon.1");
  writeFileSync(path, PAGE);
  const { exitCode, stdout, stderr } = Bun.spawnSync([...command, path]);
  return { exitCode, stdout: stdout.toString(), stderr: stderr.toString() };
}
