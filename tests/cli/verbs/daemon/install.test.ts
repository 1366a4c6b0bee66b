import { describe, expect, test } from "bun:test";
import { existsSync, mkdirSync, readFileSync, realpathSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { RUNTIME_OPTIONS } from "../../../../src/platform/process/runtime-options.ts";
import { modeOf } from "../../../rig/mode-of.ts";
import { serviceMachine } from "./service-machine.ts";

describe.skipIf(process.platform !== "linux")("install", () => {
  test("`install` writes a unit that runs this very program, enables and starts it", () => {
    using machine = serviceMachine();
    const { code, out } = machine.run(["install"]);
    expect([code, out.split("\n").slice(0, 2)]).toEqual([
      0,
      [`created ${machine.unit}`, "the service is enabled and runs"],
    ]);
    expect(machine.calls()).toEqual(["--user daemon-reload", "--user enable --now wpdaemon.service"]);
    const unit = readFileSync(machine.unit, "utf8");
    const command = [process.execPath, join(import.meta.dir, "service-verbs.ts")].map((path) => realpathSync(path));
    expect(unit).toContain(`\nExecStart=${command.join(" ")} --daemon --home ${machine.home}/.argus\n`);
    for (const [name, value] of Object.entries(RUNTIME_OPTIONS))
      expect(unit).toContain(`\nEnvironment=${name}=${value}\n`);
    expect(modeOf(join(machine.home, ".argus/wpdaemon"))).toBe(0o700);
  });

  test("a second time changes nothing; other options replace the unit and restart the service", () => {
    using machine = serviceMachine();
    machine.run(["install"]);
    machine.calls();
    expect(JSON.parse(machine.run(["install", "--json"]).out)).toEqual({
      file: machine.unit,
      change: "unchanged",
      started: true,
    });
    expect(machine.calls()).toEqual(["--user daemon-reload", "--user enable --now wpdaemon.service"]);
    expect(JSON.parse(machine.run(["install", "-p", "4000", "--json"]).out)).toMatchObject({ change: "replaced" });
    expect(machine.calls()).toEqual([
      "--user daemon-reload",
      "--user enable wpdaemon.service",
      "--user restart wpdaemon.service",
    ]);
    expect(readFileSync(machine.unit, "utf8")).toMatch(/^ExecStart=.* -p 4000$/m);
  });

  test("`install --no-start` enables the service without starting it", () => {
    using machine = serviceMachine();
    expect(JSON.parse(machine.run(["install", "--no-start", "--json"]).out)).toMatchObject({ started: false });
    expect(machine.calls()).toEqual(["--user daemon-reload", "--user enable wpdaemon.service"]);
  });

  test("`install --print` changes nothing", () => {
    using machine = serviceMachine();
    const { code, out } = machine.run(["install", "--print"]);
    expect([code, out.split("\n")[1]]).toEqual([0, "[Unit]"]);
    expect(JSON.parse(machine.run(["install", "--print", "--json"]).out)).toEqual({ file: machine.unit, text: out });
    expect([existsSync(machine.unit), existsSync(join(machine.home, ".argus")), machine.calls()]).toEqual([
      false,
      false,
      [],
    ]);
  });

  test("folder and port come from the environment, unless an option names them", () => {
    using machine = serviceMachine();
    const environment = { ARGUS_HOME: `${machine.home}/my argus 5%`, WPDAEMON_PORT: "4001" };
    expect(machine.run(["install", "--print"], environment).out).toContain(
      ` --daemon --home "${machine.home}/my argus 5%%" -p 4001\n`,
    );
    const named = machine.run(["install", "--print", "--home", "/srv/argus", "-p", "4002"], environment);
    expect(named.out).toContain(" --daemon --home /srv/argus -p 4002\n");
  });

  test("a unit for the machine is the account's, whatever root's environment says", () => {
    using machine = serviceMachine();
    const environment = { ARGUS_HOME: "/srv/other", WPDAEMON_PORT: "4001" };
    const { code, out } = machine.run(["install", "--system", "--user", "root", "--print"], environment);
    expect(code).toBe(0);
    expect(out).toMatch(/^ExecStart=.* --daemon --home \/root\/\.argus$/m);
    expect(out).toContain("\nUser=root\n");
  });

  test.each([
    [["--system"], "--system needs --user"],
    [["--user", "root"], "--user goes with --system only"],
    [["--system", "--user", "wpdaemon-no-such-account"], "no account"],
    [["--home", "/a\nb"], "control characters"],
    [["-p", "none"], "--port needs a port number"],
  ])("`install` refuses %j before it writes anything", (words, fault) => {
    using machine = serviceMachine();
    const ended = machine.run(["install", ...words]);
    expect([ended.code, ended.out, machine.calls()]).toEqual([2, "", []]);
    expect(ended.fault).toContain(fault);
    expect(existsSync(machine.unit)).toBe(false);
  });

  test("where the user's manager cannot keep a service apart, the unit does without, and the user is told", () => {
    using machine = serviceMachine();
    expect(machine.run(["install"]).fault).toBe("");
    expect(readFileSync(machine.unit, "utf8")).toContain("\nProtectSystem=strict\n");
    machine.refuse("systemd-run");
    const { code, out, fault } = machine.run(["install"]);
    expect([code, out.split("\n")[0]]).toEqual([0, `replaced ${machine.unit}`]);
    expect(fault).toContain("not kept apart");
    expect(fault).toContain("Job for run-1.service failed.");
    expect(readFileSync(machine.unit, "utf8")).not.toContain("\nProtectSystem=");
  });

  test("a unit that somebody else wrote is left alone, unless forced", () => {
    using machine = serviceMachine();
    mkdirSync(dirname(machine.unit), { recursive: true });
    writeFileSync(machine.unit, "[Service]\nExecStart=/bin/true\n");
    const refused = machine.run(["install"]);
    expect([refused.code, machine.calls()]).toEqual([1, []]);
    expect(refused.fault).toContain("not written by wpdaemon");
    expect(readFileSync(machine.unit, "utf8")).toBe("[Service]\nExecStart=/bin/true\n");
    expect(machine.run(["install", "--force"]).code).toBe(0);
    expect(readFileSync(machine.unit, "utf8")).toContain("--daemon");
  });

  test("`install` leaves the unit where no manager answers, and tells the commands to run", () => {
    using machine = serviceMachine();
    machine.refuse("daemon-reload");
    const { code, out, fault } = machine.run(["install"]);
    expect([code, out]).toEqual([1, ""]);
    expect(fault).toContain("Failed to connect to bus");
    expect(fault).toContain("systemctl --user daemon-reload && systemctl --user enable --now wpdaemon.service");
    expect(existsSync(machine.unit)).toBe(true);
  });

  test("`install` leaves the unit where there is no systemctl, and tells the commands to run", () => {
    using machine = serviceMachine();
    const { code, fault } = machine.run(["install"], { PATH: machine.home });
    expect(code).toBe(1);
    expect(fault).toContain("systemctl is not installed here");
    expect(existsSync(machine.unit)).toBe(true);
  });

  test("a daemon that does not come up is looked for in the journal", () => {
    using machine = serviceMachine();
    machine.refuse("enable");
    const { code, fault } = machine.run(["install"]);
    expect(code).toBe(1);
    expect(fault).toContain("journalctl --user -u wpdaemon.service");
  });
});
