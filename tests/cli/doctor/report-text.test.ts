import { expect, test } from "bun:test";
import { blame, fine, warn } from "../../../src/cli/doctor/diagnosis.ts";
import type { ProcessEntry } from "../../../src/cli/doctor/processes/process-entry.ts";
import { formatReport } from "../../../src/cli/doctor/report-text.ts";

const ENTRY: ProcessEntry = {
  pid: 7,
  parent: 1,
  category: "tunnel-orphan",
  evidence: "seen",
  ageSeconds: 7_300,
  command: ["wireproxy", "-c", "x".repeat(200)],
};

test("what was found, what to do, the processes and the sum", () => {
  const found = [fine("a", "well"), blame("longer", "bad", "mend it"), warn("b", "odd", null)];
  const lines = formatReport(found, [ENTRY], (text, colour) => `<${colour}>${text}`).split("\n");
  expect(lines.slice(0, 7)).toEqual([
    "<green>ok       a       well",
    "<red>problem  longer  bad",
    "                 <dim>→ mend it",
    "<yellow>warning  b       odd",
    "",
    "PID  CATEGORY       AGE  COMMAND",
    `7    tunnel-orphan  2h   wireproxy -c ${"x".repeat(86)}…`,
  ]);
  expect(lines.slice(7)).toEqual(["", "1 problem, 1 warning"]);
});

test("nothing wrong is said in three words", () => {
  expect(formatReport([fine("a", "well")], [], (text) => text)).toEndWith("\nall is well");
});
