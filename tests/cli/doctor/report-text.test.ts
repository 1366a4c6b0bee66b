import { expect, test } from "bun:test";
import { blame, fine, warn } from "../../../src/cli/doctor/diagnosis.ts";
import type { ProcessEntry } from "../../../src/cli/doctor/report-text.ts";
import { formatReport } from "../../../src/cli/doctor/report-text.ts";

const ENTRY: ProcessEntry = {
  pid: 7,
  parent: 1,
  category: "tunnel-orphan",
  evidence: "seen",
  ageSeconds: 7_300,
  command: ["wireproxy", "-c", "x".repeat(200)],
};

test("a report is what was found, the worst first, what to do, the processes and the sum", () => {
  const found = [
    ...fine("well").map((seen) => ({ check: "a", ...seen })),
    ...warn("odd", null).map((seen) => ({ check: "b", ...seen })),
    ...blame("bad", "mend it").map((seen) => ({ check: "longer", ...seen })),
  ];
  const lines = formatReport(found, [ENTRY], (text, colour) => `<${colour}>${text}`).split("\n");
  expect(lines.slice(0, 7)).toEqual([
    "<red>problem  longer  bad",
    "                 <dim>→ mend it",
    "<yellow>warning  b       odd",
    "<green>ok       a       well",
    "",
    "PID  CATEGORY       AGE  COMMAND",
    `7    tunnel-orphan  2h   wireproxy -c ${"x".repeat(86)}…`,
  ]);
  expect(lines.slice(7)).toEqual(["", "1 problem, 1 warning"]);
});

test("a report without problems ends with: all is well", () => {
  expect(formatReport([...fine("well").map((seen) => ({ check: "a", ...seen }))], [], (text) => text)).toEndWith(
    "\nall is well",
  );
});
