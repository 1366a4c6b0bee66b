import { describe, expect, test } from "bun:test";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { Failure, type FailureCode } from "../../../src/platform/failure.ts";
import { createConfigStore } from "../../../src/tunnels/config/store.ts";
import { modeOf } from "../../rig/mode-of.ts";
import { temporaryFolder } from "../../rig/temporary-folder.ts";
import { KEYS, sampleConfig } from "../wireproxy/config/sample-config.ts";

const APPENDED = "\n[Socks5]\nBindAddress = 127.0.0.1:25344\n";

function setScene() {
  const temporary = temporaryFolder();
  const folder = join(temporary.path, "confs");
  const skipped: string[] = [];
  const store = createConfigStore(folder, { onSkipped: (name, reason) => skipped.push(`${name}: ${reason}`) });
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

describe("the list", () => {
  test("item 19: holds regular .conf files and links to them, in the order of their bytes", () => {
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

  test("passes over a name that nobody could ask for, and says so once", () => {
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

  test("is empty for a folder that is not there, and fails for a file in its place", () => {
    using scene = setScene();
    expect(scene.store.list()).toEqual([]);
    writeFileSync(scene.folder, "");
    expectFailure("file-unusable", () => scene.store.list());
  });
});

describe("a config that is asked for", () => {
  test("item 21: is found with its suffix and without", () => {
    using scene = setScene();
    scene.fill("x.conf");
    for (const name of ["x", "x.conf"]) {
      expect(scene.store.find(name)).toBe(join(scene.folder, "x.conf"));
      expect(scene.store.nameOf(name)).toBe("x.conf");
    }
  });

  test("item 20: is not found by the predecessors' words", () => {
    using scene = setScene();
    for (const name of ["missing", "missing.conf"]) {
      const failure = expectFailure("config-not-found", () => scene.store.find(name));
      expect(failure.message).toBe("Configuration not found: missing.conf");
    }
  });

  test("item 22: outside the folder gets the same answer whether the file exists or not", () => {
    using scene = setScene();
    scene.fill("x.conf");
    scene.source("outside.conf", "");
    for (const name of ["../outside", "../none", "/etc/x", "", "./x", `${scene.folder}/x`]) {
      const failure = expectFailure("config-not-found", () => scene.store.find(name));
      expect(failure.message).toBe(`Configuration not found: ${name}.conf`);
    }
  });

  test("must be a regular file", () => {
    using scene = setScene();
    scene.fill();
    mkdirSync(join(scene.folder, "folder.conf"));
    makePipe(join(scene.folder, "pipe.conf"));
    for (const name of ["folder", "pipe"]) expectFailure("config-not-found", () => scene.store.find(name));
  });
});

describe("reading", () => {
  test("gives the text and the mode", () => {
    using scene = setScene();
    const path = scene.source("a.conf", "\ufeff[a]\r\n");
    chmodSync(path, 0o640);
    expect(scene.store.read(path)).toEqual({ text: "\ufeff[a]\r\n", mode: 0o640 });
  });

  test("never waits at a named pipe, nor takes a folder, a giant or another encoding", () => {
    using scene = setScene();
    const pipe = join(scene.source("x", ""), "../pipe.conf");
    makePipe(pipe);
    const bad = [
      pipe,
      scene.source("giant.conf", "#".repeat(1024 * 1024 + 1)),
      scene.source("wide.conf", Buffer.from("\ufeff[a]", "utf16le")),
      join(pipe, "../none.conf"),
      "/dev",
      "/dev/zero",
    ];
    for (const path of bad) expectFailure("file-unusable", () => scene.store.read(path));
    expect(scene.store.read(scene.source("full.conf", "#".repeat(1024 * 1024))).text).toHaveLength(1024 * 1024);
  });
});

describe("an import", () => {
  test("item 24: without a SOCKS5 section gets one", () => {
    using scene = setScene();
    const source = sampleConfig({ rest: "" });
    for (const text of [source, source.trimEnd(), "#[Socks5]\n", "[http]\nBindAddress = 127.0.0.1:8080\n"]) {
      const whole = text.startsWith(source.trimEnd()) ? text : `${source}${text}`;
      const name = `c${scene.store.list().length}`;
      const imported = scene.store.importFile(scene.source(`${name}.conf`, whole));
      expect(imported).toMatchObject({
        name: `${name}.conf`,
        path: join(scene.folder, `${name}.conf`),
        socks5Added: true,
        warnings: [],
      });
      expect(readFileSync(imported.path, "utf8")).toBe(`${whole}${whole.endsWith("\n") ? "" : "\n"}${APPENDED}`);
    }
    expect(scene.store.list()).toHaveLength(4);
  });

  test("item 24: with a SOCKS5 section, in any letter case, stays as it is", () => {
    using scene = setScene();
    const text = sampleConfig({ rest: "[sOCKS5]\r\nBindAddress = 127.0.0.1:25344" });
    const imported = scene.store.importFile(scene.source("us.conf", text));
    expect(imported.socks5Added).toBe(false);
    expect(readFileSync(imported.path, "utf8")).toBe(text);
  });

  test("item 24: keeps the line endings of its source", () => {
    using scene = setScene();
    const text = sampleConfig({ rest: "" }).replaceAll("\n", "\r\n");
    const imported = scene.store.add("dos", text);
    expect(readFileSync(imported.path, "utf8")).toBe(`${text}${APPENDED.replaceAll("\n", "\r\n")}`);
  });

  test("item 24: over an existing config is refused", () => {
    using scene = setScene();
    const source = scene.source("us.conf", sampleConfig());
    scene.fill("us.conf");
    expectFailure("config-exists", () => scene.store.importFile(source));
    symlinkSync("/nowhere", join(scene.folder, "eu.conf"));
    expectFailure("config-exists", () => scene.store.importFile(source, { name: "eu" }));
    expect(readFileSync(join(scene.folder, "us.conf"), "utf8")).toBe("");
  });

  test("is for its owner alone, and leaves nothing beside it", () => {
    using scene = setScene();
    const { path } = scene.store.add("us", sampleConfig());
    expect(modeOf(path)).toBe(0o600);
    expect(statSync(path).nlink).toBe(1);
    expect(modeOf(scene.folder)).toBe(0o700);
    expect(readdirSync(scene.folder)).toEqual(["us.conf"]);
  });

  test("takes its name from the source, or another that may be a config's", () => {
    using scene = setScene();
    const source = scene.source("a.txt", sampleConfig());
    expect(scene.store.importFile(source).name).toBe("a.txt.conf");
    expect(scene.store.importFile(source, { name: "other" }).name).toBe("other.conf");
    for (const name of ["../x", "", "a,b"]) expectFailure("usage", () => scene.store.importFile(source, { name }));
  });

  test("with an error is refused, and nothing is written", () => {
    using scene = setScene();
    const broken = sampleConfig().replace(KEYS.privateKey, `${KEYS.privateKey}x`);
    const failure = expectFailure("config-invalid", () => scene.store.importFile(scene.source("us.conf", broken)));
    expect(failure.message).toBe("us.conf:3: PrivateKey is not a WireGuard key: base64 of 32 bytes");
    expectFailure("config-invalid", () => scene.store.add("eu", "nonsense"));
    expectFailure("file-unusable", () => scene.store.importFile("/nowhere/us.conf"));
    expect(existsSync(scene.folder)).toBe(false);
  });

  test("with warnings is done, and they are returned", () => {
    using scene = setScene();
    const { warnings } = scene.store.add("us", sampleConfig({ interface: "PostUp = x" }));
    expect(warnings).toMatchObject([{ severity: "warning", line: 5 }]);
  });

  test("looks variables up in the environment that it was given", () => {
    using scene = setScene();
    const text = sampleConfig({ rest: "[Socks5]\nBindAddress = $BIND" });
    expectFailure("config-invalid", () => scene.store.add("us", text));
    const store = createConfigStore(scene.folder, { environment: { BIND: "127.0.0.1:25344" } });
    expect(store.add("us", text).warnings).toEqual([]);
  });

  test("of a folder takes every config, and tells of each that it refused", () => {
    using scene = setScene();
    const source = join(scene.source("x", ""), "../source");
    mkdirSync(source);
    for (const name of ["b.conf", "a.conf", "bad,name.conf", "notes.txt"])
      writeFileSync(join(source, name), sampleConfig());
    writeFileSync(join(source, "broken.conf"), "nonsense");
    const results = scene.store.importFolder(source);
    expect(results).toMatchObject([
      { source: join(source, "a.conf"), imported: { name: "a.conf" } },
      { source: join(source, "b.conf"), imported: { name: "b.conf" } },
      { source: join(source, "broken.conf"), failure: { code: "config-invalid" } },
      { source: join(source, "bad,name.conf"), failure: { code: "usage" } },
    ]);
    expect(scene.store.list()).toEqual(["a.conf", "b.conf"]);
    expect(scene.store.importFolder(join(source, "none"))).toEqual([]);
  });
});

describe("a removal", () => {
  test("removes the config, or the link and not what it leads to", () => {
    using scene = setScene();
    scene.fill("a.conf", "b.conf");
    symlinkSync(join(scene.folder, "b.conf"), join(scene.folder, "c.conf"));
    scene.store.remove("a");
    scene.store.remove("c.conf");
    expect(scene.store.list()).toEqual(["b.conf"]);
    expectFailure("config-not-found", () => scene.store.remove("a"));
  });

  test("never reaches outside the folder", () => {
    using scene = setScene();
    scene.fill();
    const outside = scene.source("outside.conf", "");
    for (const name of ["../outside", "../outside.conf", outside]) {
      expectFailure("config-not-found", () => scene.store.remove(name));
    }
    expect(existsSync(outside)).toBe(true);
  });
});
