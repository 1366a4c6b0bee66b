import { expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { checkStateFiles } from "../../../../src/cli/doctor/checks/state-files.ts";
import { installation } from "../circumstances.ts";

test("state files that were set aside are told, the one in use is not", async () => {
  using home = installation();
  writeFileSync(home.paths.state, "{}");
  expect(await checkStateFiles(home.see())).toMatchObject([{ severity: "ok" }]);
  writeFileSync(`${home.paths.state}.corrupt-17`, "{");
  const found = await checkStateFiles(home.see());
  expect(found).toMatchObject([{ severity: "warning" }]);
  expect(found[0]?.message).toEndWith("state.json.corrupt-17");
});
