import { expect, test } from "bun:test";
import { join } from "node:path";
import { until } from "../../rig/until.ts";
import { GIVEN_BACK, openViewerTerminal } from "../trader/viewer-terminal.ts";

const TERMINAL = join(import.meta.dir, "../../../src/cli/output/take-terminal.ts");

test.each([
  ["an error that nobody caught", 'setTimeout(() => { throw new Error("boom"); })', 1],
  ["a rejection that nobody caught", 'void Promise.reject(new Error("boom"))', 1],
  ["an exit in the middle", "process.exit(7)", 7],
])("the terminal is given back after %s", async (_, fault, code) => {
  const program = `
    const { takeTerminal } = await import(${JSON.stringify(TERMINAL)});
    takeTerminal({ onInput() { ${fault} }, onResize() {} }).show(["ready"]);`;
  await using terminal = openViewerTerminal([process.execPath, "-e", program]);
  await terminal.shows("ready");
  expect(terminal.isCooked).toBe(false);
  terminal.type("x");
  expect(await terminal.ended()).toBe(code);
  expect(terminal.isCooked).toBe(true);
  // What went wrong is said where it stays: on the old screen.
  const wanted = code === 1 ? "boom" : GIVEN_BACK;
  await until(
    "the end is told",
    () => terminal.output.split(GIVEN_BACK).length === 2 && terminal.output.includes(wanted),
  );
  if (code === 1) expect(terminal.output.indexOf("boom")).toBeGreaterThan(terminal.output.indexOf(GIVEN_BACK));
});
