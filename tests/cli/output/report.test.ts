import { afterEach, expect, spyOn, test } from "bun:test";
import * as fs from "node:fs";
import { reportFailure } from "../../../src/cli/output/report.ts";
import { FAILURE_CODES, Failure } from "../../../src/platform/failure.ts";

const written: string[] = [];
const write = spyOn(fs, "writeSync").mockImplementation((_, text) => {
  const bytes =
    typeof text === "string" ? Buffer.from(text) : Buffer.from(text.buffer, text.byteOffset, text.byteLength);
  written.push(bytes.toString());
  return bytes.length;
});
afterEach(() => written.splice(0));

test("each failure has its exit code, and 1 is that of all others", async () => {
  const codes = await Promise.all(
    FAILURE_CODES.map(async (code) => [code, await reportFailure(new Failure(code, "no"))] as const),
  );
  expect(Object.fromEntries(codes.filter(([, exit]) => exit !== 1))).toEqual({
    usage: 2,
    "settings-invalid": 2,
    "daemon-unreachable": 3,
    "daemon-not-started": 3,
    "daemon-not-running": 3,
    "state-corrupt": 4,
    "permission-denied": 5,
    "command-not-executable": 126,
    "command-missing": 127,
  });
  write.mockClear();
});

test.each(["EACCES", "EPERM"])("what the system refuses with %s exits with 5, whichever call met it", async (code) => {
  expect(await reportFailure(Object.assign(new Error("no"), { code }))).toBe(5);
  expect(await reportFailure(Object.assign(new Error("no"), { code: "ENOSPC" }))).toBe(1);
});

test("an error is a sentence and its hint for a person, and one document for a program", async () => {
  const failure = new Failure("config-not-found", "there is none", { hint: "look elsewhere" });
  await reportFailure(failure);
  await reportFailure(failure, "json");
  expect(written.join("")).toBe(
    'wpdaemon: there is none\n  → look elsewhere\n{"ok":false,"error":{"code":"config-not-found","message":"there is none","hint":"look elsewhere"}}\n',
  );
});
