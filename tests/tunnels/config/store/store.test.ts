import { describe, expect, test } from "bun:test";
import { existsSync, mkdirSync, renameSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Failure, type FailureCode } from "../../../../src/platform/failure.ts";
import { createConfigStore } from "../../../../src/tunnels/config/store/store.ts";
import { recordDiskCalls } from "../../../rig/disk-calls.ts";
import { temporaryFolder } from "../../../rig/temporary-folder.ts";

function setScene() {
  const temporary = temporaryFolder();
  const folder = join(temporary.path, "confs");
  const skipped: string[] = [];
  const store = createConfigStore(folder, (name, reason) => skipped.push(`${name}: ${reason}`));
  return {
    folder,
    store,
    skipped,
    fill(...names: string[]) {
      mkdirSync(folder, { recursive: true });
      for (const name of names) writeFileSync(join(folder, name), "");
    },
    source(name: string, text: string | Uint8Array) {
      const path = join(temporary.path, name);
      writeFileSync(path, text);
      return path;
    },
    [Symbol.dispose]: () => temporary[Symbol.dispose](),
  };
}

function expectFailure(code: FailureCode, action: () => unknown): Failure {
  try {
    action();
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    expect(error.code).toBe(code);
    return error;
  }
  throw new Error(`no ${code}`);
}

function makePipe(path: string): void {
  if (!Bun.spawnSync(["mkfifo", path]).success) throw new Error("mkfifo failed");
}

describe("the list of configs", () => {
  test("the list of configs holds regular .conf files and links to them, in the order of their bytes", () => {
    using scene = setScene();
    scene.fill(
      "eu.conf",
      "Alpha.conf",
      "die.conf",
      ".conf",
      ".hidden.conf",
      "README.txt",
      "x.CONF",
      "\uffee.conf",
      "😀.conf",
    );
    mkdirSync(join(scene.folder, "folder.conf"));
    symlinkSync(join(scene.folder, "eu.conf"), join(scene.folder, "link.conf"));
    symlinkSync(join(scene.folder, "nowhere"), join(scene.folder, "dangling.conf"));
    symlinkSync(scene.folder, join(scene.folder, "folder-link.conf"));
    makePipe(join(scene.folder, "pipe.conf"));
    expect(scene.store.list()).toEqual(["Alpha.conf", "die.conf", "eu.conf", "link.conf", "\uffee.conf", "😀.conf"]);
    expect(scene.skipped).toEqual([]);
  });

  test("the list of configs passes over a name that nobody could ask for, and says so once", () => {
    using scene = setScene();
    scene.fill("good.conf", "a,b.conf", "a.conf.conf");
    renameSync(
      scene.source("odd", ""),
      Buffer.concat([Buffer.from(`${scene.folder}/`), Buffer.from([0xff]), Buffer.from(".conf")]),
    );
    expect(scene.store.list()).toEqual(["good.conf"]);
    expect(scene.store.list()).toEqual(["good.conf"]);
    expect(scene.skipped.sort()).toEqual([
      "a,b.conf: its name cannot be asked for",
      "a.conf.conf: its name cannot be asked for",
      "\ufffd.conf: its name is not valid UTF-8",
    ]);
  });

  test("the list of configs is empty for a folder that is not there, and fails for a file in its place", () => {
    using scene = setScene();
    expect(scene.store.list()).toEqual([]);
    writeFileSync(scene.folder, "");
    expectFailure("file-unusable", () => scene.store.list());
  });
});

describe("a config that is asked for", () => {
  test("a config that is asked for is found with its suffix and without", () => {
    using scene = setScene();
    scene.fill("x.conf");
    for (const name of ["x", "x.conf"]) {
      expect(scene.store.find(name)).toBe(join(scene.folder, "x.conf"));
      expect(scene.store.nameOf(name)).toBe("x.conf");
    }
  });

  test("a config that is asked for is not found by the predecessors' words", () => {
    using scene = setScene();
    for (const name of ["missing", "missing.conf"]) {
      const failure = expectFailure("config-not-found", () => scene.store.find(name));
      expect(failure.message).toBe("Configuration not found: missing.conf");
    }
  });

  test("outside the folder gets the same answer whether the file exists or not", () => {
    using scene = setScene();
    scene.fill("x.conf");
    scene.source("outside.conf", "");
    for (const name of ["../outside", "../none", "/etc/x", "", "./x", `${scene.folder}/x`]) {
      const failure = expectFailure("config-not-found", () => scene.store.find(name));
      expect(failure.message).toBe(`Configuration not found: ${name}.conf`);
    }
  });

  test("a config that is asked for must be a regular file", () => {
    using scene = setScene();
    scene.fill();
    mkdirSync(join(scene.folder, "folder.conf"));
    makePipe(join(scene.folder, "pipe.conf"));
    for (const name of ["folder", "pipe"]) expectFailure("config-not-found", () => scene.store.find(name));
  });
});

describe("a removal", () => {
  test("a removal removes the config, or the link and not what it leads to", () => {
    using scene = setScene();
    scene.fill("a.conf", "b.conf");
    symlinkSync(join(scene.folder, "b.conf"), join(scene.folder, "c.conf"));
    scene.store.remove("a");
    scene.store.remove("c.conf");
    expect(scene.store.list()).toEqual(["b.conf"]);
    expectFailure("config-not-found", () => scene.store.remove("a"));
  });

  test("a removal is still done after a power cut", async () => {
    using scene = setScene();
    scene.fill("us.conf");
    expect(await recordDiskCalls(() => scene.store.remove("us"))).toEqual(["remove us.conf", "sync confs/"]);
  });

  test("a removal never reaches outside the folder", () => {
    using scene = setScene();
    scene.fill();
    const outside = scene.source("outside.conf", "");
    for (const name of ["../outside", "../outside.conf", outside]) {
      expectFailure("config-not-found", () => scene.store.remove(name));
    }
    expect(existsSync(outside)).toBe(true);
  });
});
