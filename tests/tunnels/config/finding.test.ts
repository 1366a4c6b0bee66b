import { expect, test } from "bun:test";
import { type Finding, reportTo } from "../../../src/tunnels/config/finding.ts";

test("of one file 200 errors and as many warnings are kept, and the rest is counted, so that no flood of one hides the other", () => {
  const findings: Finding[] = [];
  const report = reportTo(findings, "a.conf");
  for (let line = 1; line <= 100_000; line += 1) report("warning", line, "odd", "mend it");
  report("error", 100_001, "wrong", "mend it");
  expect(findings.length).toBe(202);
  expect(findings[200]).toEqual({
    severity: "warning",
    file: "a.conf",
    line: 201,
    message: "99800 more warnings are not shown, from this line on",
    hint: "mend those before it first",
  });
  expect(findings.at(-1)).toMatchObject({ severity: "error", line: 100_001 });
});
