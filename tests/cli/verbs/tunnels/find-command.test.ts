import { afterAll, expect, test } from "bun:test";
import { mkdirSync, writeFileSync } from "node:fs";
import { findCommand } from "../../../../src/cli/verbs/tunnels/find-command.ts";
import { failureOf } from "../../../rig/rejection.ts";
import { temporaryFolder } from "../../../rig/temporary-folder.ts";

const folder = temporaryFolder();
afterAll(() => folder[Symbol.dispose]());
const [first, second] = [`${folder.path}/first`, `${folder.path}/second`];
for (const path of [first, second, `${first}/tool`]) mkdirSync(path);
writeFileSync(`${second}/tool`, "", { mode: 0o755 });
writeFileSync(`${second}/text`, "", { mode: 0o644 });

test("the first executable file along PATH is meant; folders of that name are passed over", () => {
  expect(findCommand("tool", `${first}:${second}`)).toBe(`${second}/tool`);
});

test("a name with a slash is a path, wherever PATH leads", () => {
  expect(findCommand(`${second}/tool`, "")).toBe(`${second}/tool`);
});

test.each([
  ["nothing", "command-missing"],
  ["", "command-missing"],
  [`${second}/nothing`, "command-missing"],
  ["text", "command-not-executable"],
  [`${second}/text`, "command-not-executable"],
  [first, "command-not-executable"],
])("a command that cannot be run is refused: %j", (name, code) => {
  expect(failureOf(() => findCommand(name, `${first}:${second}`)).code).toMatch(code);
});
