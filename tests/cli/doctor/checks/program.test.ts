import { expect, test } from "bun:test";
import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { checkProgram } from "../../../../src/cli/doctor/checks/program.ts";
import type { Paths } from "../../../../src/platform/files/paths.ts";
import { DAEMON } from "../../daemon/stub-daemon.ts";
import { installation, SERVING } from "../circumstances.ts";
import { elf, machO, universal } from "../processes/executables.ts";

test("none at all is a warning, for the daemon downloads one", async () => {
  expect(await judge(undefined)).toEqual(["warning"]);
});

test.each<[string, Uint8Array | string, string, string, string]>([
  ["of this machine", elf(62), "linux", "x64", "ok"],
  ["of 64-bit ARM", elf(183), "linux", "arm64", "ok"],
  ["a script", "#!/bin/sh\n", "linux", "x64", "ok"],
  ["of another processor", elf(183), "linux", "x64", "problem"],
  ["the 32-bit build on 64-bit ARM", elf(40), "linux", "arm64", "warning"],
  ["a Mac's", machO(0x0100000c), "linux", "arm64", "problem"],
  ["a Mac's on one", machO(0x0100000c), "darwin", "arm64", "ok"],
  ["for Rosetta", machO(0x01000007), "darwin", "arm64", "warning"],
  ["ARM's on an older Mac", machO(0x0100000c), "darwin", "x64", "problem"],
  ["for two processors", universal(0x01000007, 0x0100000c), "darwin", "arm64", "ok"],
  ["a page of the download server", "<!DOCTYPE html><html>not found</html>", "linux", "x64", "problem"],
  ["empty", "", "linux", "x64", "problem"],
])("doctor looks at a wireproxy that is %s", async (_, content, platform, arch, severity) => {
  expect(await judge(content, 0o755, platform, arch)).toEqual([severity]);
});

test("one that may not be executed is a problem, with its chmod", async () => {
  expect(await judge(elf(62), 0o644)).toEqual(["problem"]);
});

test("one that is named and not there is a problem, whatever else there is", async () => {
  using home = installation();
  const environment = { WPDAEMON_WIREPROXY: "/nowhere/wireproxy" };
  const [found] = await checkProgram(home.see({ environment }));
  expect(found).toMatchObject({ severity: "problem" });
  expect(found?.message).toContain("/nowhere/wireproxy");
});

test("an info port is told of, unless the settings close it", () => {
  using home = installation();
  mkdirSync(dirname(home.paths.program));
  writeFileSync(home.paths.program, elf(62), { mode: 0o755 });
  const look = () => checkProgram(home.see({ environment: {} })).map(({ message }) => message);
  expect(look()).toContainEqual(expect.stringContaining("can read a tunnel's info port"));
  closeInfoPorts(home.paths);
  expect(look()).toEqual([home.paths.program]);
});

function closeInfoPorts({ settings }: Pick<Paths, "settings">): void {
  mkdirSync(dirname(settings), { recursive: true });
  writeFileSync(settings, "wireproxy: { info_port: false }\n");
}

async function judge(content: Uint8Array | string | undefined, mode = 0o755, platform = "linux", arch = "x64") {
  using home = installation();
  if (content !== undefined) {
    mkdirSync(dirname(home.paths.program));
    writeFileSync(home.paths.program, content);
    chmodSync(home.paths.program, mode);
  }
  closeInfoPorts(home.paths);
  const found = await checkProgram(home.see({ platform, arch, environment: {} }));
  return found.map((diagnosis): string => diagnosis.severity);
}

test("a daemon's download that failed is a problem, and one that goes on is told as that", async () => {
  using home = installation();
  const ask = (changes: object) =>
    checkProgram(home.see({ daemon: { ...SERVING, status: { daemon: { ...DAEMON, ...changes }, tunnels: [] } } }))[0];
  const failed = ask({ stateReason: "degraded-no-program", stateDetail: "wireproxy could not be downloaded: 404" });
  expect(failed).toMatchObject({
    severity: "problem",
    message: "none is found, and wireproxy could not be downloaded: 404",
  });
  expect(ask({})?.remedy).toStartWith("the daemon is downloading one");
});
