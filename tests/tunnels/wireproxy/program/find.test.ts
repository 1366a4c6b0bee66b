import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { chmodSync, mkdirSync, realpathSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { explainPassedOver, findProgram } from "../../../../src/tunnels/wireproxy/program/find.ts";
import { failureOf } from "../../../rig/rejection.ts";
import { temporaryFolder } from "../../../rig/temporary-folder.ts";

let folder = temporaryFolder();

beforeEach(() => {
  folder[Symbol.dispose]();
  folder = temporaryFolder();
});
afterEach(() => folder[Symbol.dispose]());

describe("the order", () => {
  test("a program is looked for in the environment, the settings, the installed place and on PATH, in this order", () => {
    const environment = place("environment/proxy");
    const configured = place("configured/proxy");
    const installed = place("installed/wireproxy");
    const onPath = place("bin/wireproxy");
    const searchPath = [join(folder.path, "none"), dirname(onPath)].join(":");
    const absent = join(folder.path, "absent");

    expect(findProgram({ environment, configured, installed, searchPath })).toBe(environment);
    expect(findProgram({ configured, installed, searchPath })).toBe(configured);
    expect(findProgram({ installed, searchPath })).toBe(installed);
    expect(findProgram({ installed: absent, searchPath })).toBe(onPath);
    expect(findProgram({ installed: absent, searchPath: "" })).toBeUndefined();
    expect(findProgram({ installed: absent })).toBeUndefined();
  });

  test("an empty variable counts as none", () => {
    const installed = place("wireproxy");
    expect(findProgram({ environment: "", installed })).toBe(installed);
  });

  test("a link to a program is a program", () => {
    const link = join(folder.path, "link");
    symlinkSync(place("wireproxy"), link);
    expect(findProgram({ configured: link, installed: "/nowhere" })).toBe(link);
  });
});

describe("a program that the user names and that cannot be run is an error, never passed over", () => {
  const cases = [
    ["missing", () => join(folder.path, "absent")],
    ["not executable", () => place("plain", 0o644)],
    ["a folder", () => dirname(place("folder/x"))],
    ["relative", () => "bin/wireproxy"],
  ] as const;

  test.each(cases)(
    "a program that the user names and that cannot be run is an error, never passed over: %s, in the environment",
    (_, make) => {
      const environment = make();
      const failure = failureOf(() => findProgram({ environment, installed: place("wireproxy") }));
      expect(failure.code).toBe("program-missing");
      expect(failure.message).toContain("WPDAEMON_WIREPROXY");
      expect(failure.message).toContain(environment);
    },
  );

  test.each(cases)(
    "a program that the user names and that cannot be run is an error, never passed over: %s, in the settings",
    (_, make) => {
      const configured = make();
      const failure = failureOf(() => findProgram({ configured, installed: place("wireproxy") }));
      expect(failure.code).toBe("program-missing");
      expect(failure.message).toContain("wireproxy.path");
    },
  );
});

describe("what is passed over", () => {
  test.each([
    ["", "empty"],
    ["<html>no</html> and more text", "a page"],
  ])(
    "what this machine cannot run is passed over where it lies by itself, with a reason, and is an error where it is named: %p",
    (content) => {
      const installed = place("installed/wireproxy");
      writeFileSync(installed, content);
      const onPath = place("bin/wireproxy");
      expect(findProgram({ installed, searchPath: dirname(onPath) })).toBe(onPath);
      expect(explainPassedOver({ installed })).toStartWith(`${installed} is passed over: it is no program`);
      expect(explainPassedOver({ installed: onPath })).toBeUndefined();
      const failure = failureOf(() => findProgram({ environment: installed, installed: onPath }));
      expect(failure.message).toContain("named by WPDAEMON_WIREPROXY, is no program");
      writeFileSync(onPath, content);
      expect(findProgram({ installed, searchPath: dirname(onPath) })).toBeUndefined();
    },
  );

  test("what is passed over: a half-copied program in the installed place, and folders and plain files on PATH", () => {
    const installed = place("installed/wireproxy", 0o644);
    mkdirSync(join(folder.path, "one/wireproxy"), { recursive: true });
    place("two/wireproxy", 0o600);
    const path = place("three/wireproxy");
    const searchPath = ["one", "two", "three"].map((name) => join(folder.path, name)).join(":");
    expect(findProgram({ installed, searchPath })).toBe(path);
  });

  test("what is passed over: empty and relative entries of PATH", () => {
    expect(findProgram({ installed: "/nowhere/wireproxy", searchPath: ":.:bin::" })).toBeUndefined();
  });
});

function place(name: string, mode = 0o755): string {
  const path = join(folder.path, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, "#!/bin/sh\n");
  chmodSync(path, mode);
  return path;
}

test.each([
  ["the program itself", (path: string) => path],
  ["its folder", (path: string) => dirname(path)],
])(
  "a program is not run where others may write to %s: a named one is an error, one on PATH is passed over",
  (_, pick) => {
    const path = place("shared/wireproxy");
    const other = place("own/wireproxy");
    const searchPath = [dirname(path), dirname(other)].join(":");
    expect(findProgram({ installed: "/nowhere", searchPath })).toBe(path);
    chmodSync(pick(path), 0o777);
    for (const where of [{ environment: path }, { configured: path }]) {
      const failure = failureOf(() => findProgram({ ...where, installed: other }));
      expect([failure.code, failure.message]).toEqual([
        "program-missing",
        expect.stringContaining(`others may write to ${realpathSync(pick(path))}`),
      ]);
    }
    expect(findProgram({ installed: "/nowhere", searchPath })).toBe(other);
    expect(explainPassedOver({ installed: "/nowhere", searchPath })).toContain(
      `${path} is passed over: others may write`,
    );
    const link = join(folder.path, "link");
    symlinkSync(path, link);
    expect(failureOf(() => findProgram({ configured: link, installed: other })).code).toBe("program-missing");
  },
);
