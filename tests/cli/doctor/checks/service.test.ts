import { expect, test } from "bun:test";
import { mkdirSync, realpathSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { checkService, type InstalledService, readServiceCommand } from "../../../../src/cli/doctor/checks/service.ts";
import { ownCommand } from "../../../../src/platform/process/self.ts";
import { describePlist } from "../../../../src/platform/service/launchd.ts";
import { describeUnit } from "../../../../src/platform/service/systemd.ts";
import { exampleService } from "../../../platform/service/example.ts";
import { DAEMON } from "../../daemon/stub-daemon.ts";
import { installation, SERVING, SILENT } from "../circumstances.ts";

const OWN = realpathSync(ownCommand()[0]);

test("the command line is read back from what install writes, however it is quoted", () => {
  const command = ["/opt/my programs/wpdaemon", "--daemon", "--home", '/home/a b/100%/"q"\\$X<&>'] as const;
  for (const describe of [describeUnit, describePlist]) {
    expect(readServiceCommand(describe(exampleService({ command: [...command] }), true))).toEqual([...command]);
  }
  expect(readServiceCommand("[Service]\n")).toBeUndefined();
});

test("a service that runs this program for this home is fine, and so is one of another home", async () => {
  using home = installation();
  expect(await judge(home, [service(OWN, home.paths.home)])).toEqual(["ok"]);
  expect(await judge(home, [service("/gone", "/elsewhere")])).toEqual(["ok"]);
  expect(await judge(home, [])).toEqual(["ok"]);
});

test("another executable is a warning, one that is gone a problem, two services for one home a problem", async () => {
  using home = installation();
  expect(await judge(home, [service("/bin/sh", home.paths.home)])).toEqual(["warning"]);
  expect(await judge(home, [service("/gone", home.paths.home)])).toEqual(["problem"]);
  const two = [service(OWN, home.paths.home), { ...service(OWN, home.paths.home), kind: "system" as const }];
  expect(await judge(home, two)).toEqual(["problem"]);
});

test.if(process.platform === "linux")("a daemon that was started by hand keeps the service out", async () => {
  using home = installation();
  const daemon = { ...SERVING, status: { daemon: { ...DAEMON, pid: process.pid }, tunnels: [] } };
  const [found] = await checkService(home.see({ daemon }), [service(OWN, home.paths.home)]);
  expect(found).toMatchObject({ severity: "warning" });
  expect(found?.message).toContain("was started by other means");
});

test("the user's own definition is found", async () => {
  using home = installation();
  const file = join(home.paths.home, ".config/systemd/user/wpdaemon.service");
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, service("/gone", home.paths.home).text);
  const found = await checkService(home.see());
  expect(found).toContainEqual({
    severity: "problem",
    message: "the service runs /gone, which is not there",
    remedy: "wpdaemon install --force names this program",
  });
});

async function judge(home: ReturnType<typeof installation>, services: readonly InstalledService[]) {
  const found = await checkService(home.see({ daemon: SILENT }), services);
  return found.map((diagnosis): string => diagnosis.severity);
}

function service(program: string, folder: string): InstalledService {
  const command = [program, "--daemon", "--home", folder] as const;
  return {
    kind: "user",
    file: "/unit",
    text: describeUnit(exampleService({ command: [...command], home: folder }), true),
  };
}
