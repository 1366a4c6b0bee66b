import { describe, expect, test } from "bun:test";
import { EXIT } from "../../../src/platform/exit-codes.ts";
import type { Service } from "../../../src/platform/service/service.ts";
import { createSystemd, describeUnit, quoteCommand, quoteWord } from "../../../src/platform/service/systemd.ts";
import { failureOf } from "../../rig/rejection.ts";
import { exampleService } from "./example.ts";

const ofUser = read(exampleService());
const ofMachine = read(exampleService({ account: "me" }));

describe.each([
  ["a user's unit", ofUser],
  ["a unit of the machine", ofMachine],
])("a unit %s", (_, unit) => {
  test("a unit runs the command with the runtime's options, and waits until the daemon says that it is ready", () => {
    expect(unit.all("Service", "ExecStart")).toEqual(["/opt/wpdaemon --daemon --home /home/me/.argus"]);
    expect(unit.all("Service", "Environment")).toEqual(["BUN_ONE=1", "BUN_TWO=0.5"]);
    expect(unit.one("Service", "Type")).toBe("notify");
  });

  test("a unit lets tunnels outlive the daemon, and a successor take over", () => {
    expect(unit.one("Service", "KillMode")).toBe("process");
    // Whoever took over is no child of the manager, which would not wait for its end.
    expect(unit.one("Service", "ExecStop")).toContain('kill "$$MAINPID" && while kill -0 "$$MAINPID"');
    // A daemon names its successor; no tunnel may speak for either.
    expect(unit.one("Service", "NotifyAccess")).toBe("main");
  });

  test("a unit is tried again for ever, except with invalid settings or an unusable home", () => {
    expect(unit.one("Service", "Restart")).toBe("on-failure");
    expect(unit.one("Service", "RestartPreventExitStatus")).toBe(`${EXIT.usage} ${EXIT.permissionDenied}`);
    expect(unit.one("Unit", "StartLimitIntervalSec")).toBe("0");
  });

  test("a unit leaves the JavaScript engine its machine code, and says why", () => {
    expect(unit.all("Service", "MemoryDenyWriteExecute")).toEqual([]);
    expect(unit.text).toMatch(/^# MemoryDenyWriteExecute is left out: /m);
  });

  test("a unit may speak to the network and the kernel's routes, and gain no rights", () => {
    expect(unit.one("Service", "RestrictAddressFamilies")).toBe("AF_UNIX AF_INET AF_INET6 AF_NETLINK");
    expect(unit.one("Service", "NoNewPrivileges")).toBe("yes");
    expect(unit.one("Service", "UMask")).toBe("0077");
  });

  test("a unit has a bound of memory and of tasks, and a tunnel that meets it does not end the others", () => {
    expect(unit.one("Service", "MemoryMax")).toBe("4G");
    expect(unit.one("Service", "TasksMax")).toBe("8192");
    expect(unit.one("Service", "OOMPolicy")).toBe("continue");
  });

  test("a unit has no capability, writes only below its home, and sees no devices", () => {
    expect(unit.one("Service", "CapabilityBoundingSet")).toBe("");
    expect(unit.all("Service", "AmbientCapabilities")).toEqual([]);
    expect(unit.one("Service", "ProtectSystem")).toBe("strict");
    expect(unit.one("Service", "ProtectHome")).toBe("read-only");
    expect(unit.one("Service", "ReadWritePaths")).toBe("/home/me/.argus");
    expect(unit.one("Service", "PrivateTmp")).toBe("yes");
    expect(unit.one("Service", "PrivateDevices")).toBe("yes");
  });
});

test("a unit of the machine runs as the account, and sees the processes of no other", () => {
  expect(ofMachine.one("Service", "User")).toBe("me");
  expect(ofMachine.one("Service", "ProtectProc")).toBe("invisible");
  expect(ofMachine.all("Service", "PrivateUsers")).toEqual([]);
  expect(ofMachine.one("Install", "WantedBy")).toBe("multi-user.target");
});

test("a unit of the machine may listen on ports below 1024 where there are endpoints, and a user's may not", () => {
  const unit = read(exampleService({ account: "me", hasEndpoints: true }));
  expect(unit.one("Service", "CapabilityBoundingSet")).toBe("CAP_NET_BIND_SERVICE");
  expect(unit.one("Service", "AmbientCapabilities")).toBe("CAP_NET_BIND_SERVICE");
  expect(read(exampleService({ hasEndpoints: true })).one("Service", "CapabilityBoundingSet")).toBe("");
});

test("a user's unit has a user namespace for the rest, and still sees what a daemon in another one left", () => {
  expect(ofUser.one("Service", "PrivateUsers")).toBe("yes");
  expect([...ofUser.all("Service", "ProtectProc"), ...ofUser.all("Service", "User")]).toEqual([]);
  expect(ofUser.one("Install", "WantedBy")).toBe("default.target");
});

test("a user's unit without isolation has nothing that takes a user namespace, and says so", () => {
  const unit = read(exampleService(), false);
  const keys = unit.keys("Service");
  expect(keys.filter((key) => /^(User|Capability|Protect|Private|ReadWrite|RemoveIPC)/.test(key))).toEqual([]);
  expect(unit.text).toMatch(/^# .* are left out: this user's manager could not make/m);
});

test("what a user's manager is tried with is what a user's unit asks of it", () => {
  const probe = createSystemd({ kind: "user", home: "/home/me", uid: 1_000 }).isolationProbe?.words ?? [];
  const asked = probe.filter((_, index) => probe[index - 1] === "-p" && probe[index] !== "Type=oneshot");
  expect(asked).not.toBeEmpty();
  for (const property of asked) expect(ofUser.text.split("\n")).toContain(property);
  expect(createSystemd({ kind: "system" }).isolationProbe).toBeUndefined();
});

test.each([{ home: "/tmp/argus" }, { home: "/var/tmp/argus" }, { command: ["/tmp/wpdaemon", "--daemon"] as const }])(
  "what lies in /tmp is not hidden by a private one: %j",
  (differences) => {
    expect(read(exampleService({ account: "me", ...differences })).one("Service", "PrivateTmp")).toBe("no");
  },
);

test("odd paths are quoted wherever they stand", () => {
  const home = '/home/me/100% "sure" $HOME';
  const unit = read(exampleService({ account: "me", home, command: ["/opt/my bin/wpdaemon", "--home", home] }));
  const quoted = '"/home/me/100%% \\"sure\\" $HOME"';
  expect(unit.one("Service", "ReadWritePaths")).toBe(quoted);
  expect(unit.one("Service", "ExecStart")).toBe(`:"/opt/my bin/wpdaemon" --home ${quoted}`);
});

/** The unit of a service, its assignments by section. */
function read(service: Service, isIsolated = true) {
  const text = describeUnit(service, isIsolated);
  const assignments: { section: string; key: string; value: string }[] = [];
  let section = "";
  for (const line of text.split("\n")) {
    section = /^\[(\w+)\]$/.exec(line)?.[1] ?? section;
    const [, key, value] = /^(\w+)=(.*)$/.exec(line) ?? [];
    if (key !== undefined && value !== undefined) assignments.push({ section, key, value });
    else expect(line).toMatch(/^$|^#|^\[\w+\]$/);
  }
  const inSection = (name: string) => assignments.filter((assignment) => assignment.section === name);
  const all = (name: string, key: string) =>
    inSection(name).flatMap((assignment) => (assignment.key === key ? [assignment.value] : []));
  return {
    text,
    all,
    keys: (name: string) => inSection(name).map(({ key }) => key),
    one(name: string, key: string) {
      const values = all(name, key);
      expect(values).toHaveLength(1);
      return values[0];
    },
  };
}

test.each([
  ["/home/me/.argus", "/home/me/.argus"],
  ["BUN_X=0.5", "BUN_X=0.5"],
  ["", '""'],
  ["a b", '"a b"'],
  ["100%", "100%%"],
  ["%h %n", '"%%h %%n"'],
  ['say "hi"', '"say \\"hi\\""'],
  ["it's", '"it\'s"'],
  ["back\\slash", '"back\\\\slash"'],
  ["#no comment", '"#no comment"'],
  [";", '";"'],
  ["/home/zoë", '"/home/zoë"'],
])("the word %j is written %s", (word, written) => {
  expect(quoteWord(word)).toBe(written);
});

test("variables in a command are not expanded, and a command without any needs no new systemd", () => {
  expect(quoteCommand(["/opt/$x/wpdaemon", "--home", "/a/$HOME"])).toBe(':"/opt/$x/wpdaemon" --home "/a/$HOME"');
  expect(quoteCommand(["/opt/wpdaemon", "$"])).toBe(':/opt/wpdaemon "$"');
  expect(quoteCommand(["/opt/wpdaemon", "--daemon"])).toBe("/opt/wpdaemon --daemon");
});

test.each(['/opt/a"b/wpdaemon', "/opt/it's/wpdaemon", "/opt/a\\b/wpdaemon"])("systemd cannot run %j", (program) => {
  const failure = failureOf(() => quoteCommand([program, "--daemon"]));
  expect([failure.code, failure.message.includes(program)]).toEqual(["usage", true]);
});
