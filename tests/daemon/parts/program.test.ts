import { expect, spyOn, test } from "bun:test";
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createProgramPart, whereToLook } from "../../../src/daemon/parts/program.ts";
import type { Environment } from "../../../src/platform/environment.ts";
import { pathsBelow } from "../../../src/platform/files/paths.ts";
import * as installing from "../../../src/tunnels/wireproxy/program/install.ts";
import { temporaryFolder } from "../../rig/temporary-folder.ts";
import { until } from "../../rig/until.ts";

const NOWHERE: Environment = { PATH: "" };

test("wireproxy is looked for where the settings, the environment, the installation and the search path say", () => {
  const environment = { WPDAEMON_WIREPROXY: "/of/environment", PATH: "/bin" };
  expect(whereToLook({ program: "/installed" }, { path: "/of/settings" }, environment)).toEqual({
    configured: "/of/settings",
    environment: "/of/environment",
    installed: "/installed",
    searchPath: "/bin",
  });
});

test("a program that is there is said, and asked for its version before a tunnel needs it", async () => {
  using rig = createRig(NOWHERE, (program, folder) => {
    writeFileSync(program, `#!/bin/sh\necho asked >> ${folder}/asked\necho wireproxy, version 1.1.3\n`);
    chmodSync(program, 0o755);
  });
  rig.part.open?.([]);
  await until("it was asked", () => rig.read("asked") === "asked\n");
  expect(rig.said).toEqual([`WireProxy binary ready at: "${rig.paths.program}"`]);
  expect(await rig.versions(rig.paths.program)).toBe("wireproxy, version 1.1.3");
  expect(rig.read("asked")).toBe("asked\n");
});

test("a program that is missing is downloaded from the mirror of the settings, which is shown and ends in the state", async () => {
  using rig = createRig(NOWHERE);
  using install = spyOn(installing, "installProgram").mockImplementation(async ({ onProgress }) => {
    onProgress?.({ received: 1, total: 2 });
    writeFileSync(rig.paths.program, "#!/bin/sh\n", { mode: 0o755 });
    return true;
  });
  rig.part.open?.([]);
  await until("it is said", () => rig.said.length > 0);
  expect(install.mock.calls[0]?.[0]).toMatchObject({ mirror: "http://127.0.0.1:9/mirror", paths: rig.paths });
  expect(rig.downloads).toEqual([{ received: 1, total: 2 }]);
  expect(rig.states).toEqual([["running", "ready"]]);
});

test("a download that fails is said, and degrades the daemon", async () => {
  using rig = createRig(NOWHERE);
  using _ = spyOn(installing, "installProgram").mockRejectedValue(new Error("no route"));
  rig.part.open?.([]);
  await until("it is said", () => rig.said.length > 0);
  expect(rig.said).toEqual(["no route"]);
  expect(rig.states).toEqual([["running", "degraded-no-program", "wireproxy could not be downloaded: no route"]]);
});

test("a stop ends a download under way, which is no fault of the program", async () => {
  using rig = createRig(NOWHERE);
  using install = spyOn(installing, "installProgram").mockImplementation(
    ({ signal }) =>
      new Promise((_, reject) => signal?.addEventListener("abort", () => reject(new Error("it was ended")))),
  );
  rig.part.open?.([]);
  await until("it is under way", () => install.mock.calls.length > 0);
  await rig.part.stop?.("cli-stop");
  await until("it is said", () => rig.said.length > 0);
  expect([rig.said, rig.states]).toEqual([["it was ended"], []]);
});

/** @param prepare puts a program at its place, or does not. */
function createRig(environment: Environment, prepare: (program: string, folder: string) => void = () => undefined) {
  const folder = temporaryFolder();
  const paths = pathsBelow(folder.path);
  mkdirSync(join(paths.program, ".."), { recursive: true });
  prepare(paths.program, folder.path);
  const said: string[] = [];
  const downloads: unknown[] = [];
  const states: unknown[] = [];
  const { part, versions } = createProgramPart({
    paths,
    settings: { mirror: "http://127.0.0.1:9/mirror" },
    environment,
    audit: () => undefined,
    say: (line) => void said.push(line),
    onDownload: (progress) => void downloads.push(progress),
    state: { setState: (...state) => void states.push(state) },
  });
  return {
    part,
    versions,
    paths,
    said,
    downloads,
    states,
    read: (name: string) => {
      const path = join(folder.path, name);
      try {
        return readFileSync(path, "utf8");
      } catch {
        return undefined;
      }
    },
    [Symbol.dispose]: () => folder[Symbol.dispose](),
  };
}
