import { describe, expect, test } from "bun:test";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { temporaryFolder } from "../../rig/temporary-folder.ts";
import { until } from "../../rig/until.ts";
import { runCommandLine } from "../command-line.ts";
import { openViewerTerminal } from "../trader/viewer-terminal.ts";

const REPORTING = [process.execPath, join(import.meta.dir, "reporting.ts")];
const ENTRY = [process.execPath, join(import.meta.dir, "../../../src/main.ts")];
/** What other programs set for themselves must not change what a person sees. */
const OTHERS = { CI: "true", TEST: "true", DEBUG: "*", NO_COLOR: undefined, TERM: "xterm" };

test("a person at a terminal is told with marks and colours", async () => {
  const output = await show(REPORTING, OTHERS, "loaded\r\n");
  expect(output).toContain("\u001b[32ma table");
  expect(Bun.stripANSI(output).replaceAll("\r", "")).toBe(
    "a table\n✔ it is done\n⚠ it is odd\n\n ERROR  it is wrong\n→ do it so\n\nconsola is loaded\n",
  );
});

test("under NO_COLOR a terminal gets the same words without colours", async () => {
  const output = await show(REPORTING, { ...OTHERS, NO_COLOR: "1" }, "loaded\r\n");
  expect(output).toContain(" ERROR  it is wrong");
  expect(output).not.toContain("\u001b");
});

test("a program that reads gets plain lines, errors and warnings on stderr, and consola is not loaded for it", async () => {
  const run = Bun.spawn(REPORTING, { stdout: "pipe", stderr: "pipe", env: { ...process.env, FORCE_COLOR: "1" } });
  expect(await run.stdout.text()).toBe("a table\nit is done\nconsola is not loaded\n");
  expect(await run.stderr.text()).toBe("wpdaemon: it is odd\nwpdaemon: it is wrong\n  → do it so\n");
});

describe("before a config is deleted", () => {
  test.each([
    ["n", 1, true, "nothing was changed"],
    ["y", 0, false, "removed us-east.conf"],
    ["\u0003", 1, true, "nothing was changed"],
  ])("a person is asked before a config is deleted, and %j decides", async (answer, code, isKept, words) => {
    using home = configFolder();
    await using terminal = openViewerTerminal([...ENTRY, "config", "remove", "us-east", "--home", home.path]);
    await until("the question", () => terminal.output.includes("Delete us-east.conf with its keys?"));
    expect(existsSync(home.config)).toBe(true);
    terminal.type(answer);
    expect(await terminal.ended()).toBe(code);
    expect(existsSync(home.config)).toBe(isKept);
    await until(words, () => terminal.output.includes(words));
  });

  test.each([["--yes"], ["-y"], ["--json"]])("nobody is asked before a config is deleted with %s", async (option) => {
    using home = configFolder();
    const output = await show(
      [...ENTRY, "config", "remove", "us-east", option, "--home", home.path],
      {},
      "us-east.conf",
    );
    expect([existsSync(home.config), output.includes("?")]).toEqual([false, false]);
  });

  test("a script is not asked before a config is deleted", async () => {
    using home = configFolder();
    const run = await runCommandLine(["config", "remove", "us-east", "--home", home.path]);
    expect(run).toEqual({ code: 0, output: "removed us-east.conf\n", complaint: "" });
  });
});

/** All that a command writes to a terminal, of which `last` is the end. */
async function show(
  command: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
  last: string,
): Promise<string> {
  await using terminal = openViewerTerminal(command, { environment: { ...process.env, ...environment } });
  await terminal.ended();
  // What it wrote may come after it has ended.
  await until(last, () => terminal.output.includes(last));
  return terminal.output;
}

function configFolder() {
  const folder = temporaryFolder();
  const configs = join(folder.path, "wireproxy_confs");
  mkdirSync(configs);
  const config = join(configs, "us-east.conf");
  writeFileSync(config, "");
  return { path: folder.path, config, [Symbol.dispose]: () => folder[Symbol.dispose]() };
}
