import { describe, expect, test } from "bun:test";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { serviceMachine } from "./service-machine.ts";

describe.skipIf(process.platform !== "linux")("uninstall", () => {
  test("`uninstall` stops and disables the service, then removes its file; what is the user's stays", () => {
    using machine = serviceMachine();
    machine.run(["install"]);
    machine.calls();
    const config = join(machine.home, ".argus/wireproxy_confs/us.conf");
    mkdirSync(dirname(config), { recursive: true });
    writeFileSync(config, "");
    const { code, out } = machine.run(["uninstall"]);
    expect([code, out]).toEqual([0, `stopped the service and removed ${machine.unit}\n`]);
    expect(machine.calls()).toEqual([
      "--user disable --now wpdaemon.service",
      "--user daemon-reload",
      "--user reset-failed wpdaemon.service",
    ]);
    expect([existsSync(machine.unit), existsSync(config)]).toEqual([false, true]);
  });

  test("`uninstall` without a service succeeds", () => {
    using machine = serviceMachine();
    expect(machine.run(["uninstall"])).toMatchObject({
      code: 0,
      out: expect.stringContaining("no service is installed"),
    });
    expect(JSON.parse(machine.run(["uninstall", "--json"]).out)).toEqual({ file: machine.unit, removed: false });
    expect(machine.calls()).toEqual([]);
  });

  test("a service that cannot be stopped keeps its file", () => {
    using machine = serviceMachine();
    machine.run(["install"]);
    machine.refuse("disable");
    const { code, fault } = machine.run(["uninstall"]);
    expect([code, existsSync(machine.unit)]).toEqual([1, true]);
    expect(fault).toContain("systemctl --user disable --now wpdaemon.service");
  });

  test("a manager that has no failure to forget is no fault", () => {
    using machine = serviceMachine();
    machine.run(["install"]);
    machine.refuse("reset-failed");
    expect(machine.run(["uninstall", "--json"])).toEqual({
      code: 0,
      out: `${JSON.stringify({ file: machine.unit, removed: true })}\n`,
      fault: "",
    });
  });

  test("a unit that somebody else wrote is left alone", () => {
    using machine = serviceMachine();
    mkdirSync(dirname(machine.unit), { recursive: true });
    writeFileSync(machine.unit, "[Service]\n");
    expect([machine.run(["uninstall"]).code, existsSync(machine.unit), machine.calls()]).toEqual([1, true, []]);
  });
});
