import { expect, test } from "bun:test";
import { checkSocket } from "../../../../src/cli/doctor/checks/socket.ts";
import { pathsBelow } from "../../../../src/platform/files/paths.ts";

test("a path that a socket cannot have is a problem; the longest that it can is fine", async () => {
  const rest = pathsBelow("/").control.length;
  const longest = pathsBelow(`/${"h".repeat(103 - rest - 1)}`);
  expect(longest.control).toHaveLength(103);
  expect(await checkSocket({ paths: longest })).toMatchObject([{ severity: "ok" }]);
  const [found] = await checkSocket({ paths: pathsBelow(`${longest.home}h`) });
  expect(found).toMatchObject({ severity: "problem" });
  expect(found?.message).toContain("104 bytes");
});

test("bytes count, not letters", async () => {
  expect(await checkSocket({ paths: pathsBelow(`/${"é".repeat(50)}`) })).toMatchObject([{ severity: "problem" }]);
});
