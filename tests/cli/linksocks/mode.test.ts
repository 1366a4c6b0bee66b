import { expect, test } from "bun:test";
import { insertMode } from "../../../src/cli/commands.ts";

test.each([
  ["client", "client"],
  ["forward", "client"],
  ["connector", "connector"],
  ["provider", "provider"],
  ["reverse", "provider"],
  ["server", "server"],
  ["  PROVIDER  ", "provider"],
])("%j puts a role before flags, and where there is nothing", (mode, role) => {
  const environment = { LINKSOCKS_MODE: mode };
  expect(insertMode(["-t", "x"], environment)).toEqual([role, "-t", "x"]);
  expect(insertMode([], environment)).toEqual([role]);
});

test.each(["auto", "", " ", "version"])("LINKSOCKS_MODE=%j is ignored", (mode) => {
  expect(insertMode(["-d"], { LINKSOCKS_MODE: mode })).toEqual(["-d"]);
});

test("without LINKSOCKS_MODE no role is put in", () => expect(insertMode([], {})).toEqual([]));

test.each(["server", "version", "nonsense"])("the role %s on the command line beats LINKSOCKS_MODE", (role) => {
  expect(insertMode([role, "-d"], { LINKSOCKS_MODE: "client" })).toEqual([role, "-d"]);
});
