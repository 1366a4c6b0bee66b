import { expect, test } from "bun:test";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import type { FailureCode } from "../../../../src/platform/failure.ts";
import { addConfig, importConfigFile, importConfigFolder } from "../../../../src/tunnels/config/store/import.ts";
import { listConfigs } from "../../../../src/tunnels/config/store/listing.ts";
import { parseConfig, translateConfig } from "../../../../src/tunnels/kinds.ts";
import { recordDiskCalls } from "../../../rig/disk-calls.ts";
import { modeOf } from "../../../rig/mode-of.ts";
import { rejectionOf } from "../../../rig/rejection.ts";
import { temporaryFolder } from "../../../rig/temporary-folder.ts";
import { sampleLink } from "../../linksocks/sample-link.ts";
import { KEYS, sampleConfig } from "../../wireproxy/config/sample-config.ts";

const APPENDED = "\n[Socks5]\nBindAddress = 127.0.0.1:25344\n";

function setScene(replace = false) {
  const temporary = temporaryFolder();
  const folder = join(temporary.path, "confs");
  const environment: Record<string, string> = {};
  const parts = {
    folder,
    environment,
    trust: { variables: true, files: true, reverse: true },
    replace,
    translate: translateConfig,
    check: (text: string, file: string) => parseConfig(text, { file, environment, readFile: () => undefined }),
  };
  return {
    folder,
    environment,
    add: (name: string, text: string) => addConfig(name, Buffer.from(text), parts),
    importFile: (source: string, name?: string) => importConfigFile(source, parts, name),
    importFolder: (source: string) => importConfigFolder(source, parts),
    source(name: string, text: string) {
      const path = join(temporary.path, name);
      writeFileSync(path, text);
      return path;
    },
    [Symbol.dispose]: () => temporary[Symbol.dispose](),
  };
}

async function expectFailure(code: FailureCode, action: Promise<unknown>) {
  const failure = await rejectionOf(action);
  expect(failure.code).toBe(code);
  return failure;
}

test("an import without a SOCKS5 section gets one", async () => {
  using scene = setScene();
  const source = sampleConfig({ rest: "" });
  for (const text of [source, source.trimEnd(), "#[Socks5]\n", "[http]\nBindAddress = 127.0.0.1:8080\n"]) {
    const whole = text.startsWith(source.trimEnd()) ? text : `${source}${text}`;
    const name = `c${listConfigs(scene.folder, () => {}).length}`;
    const imported = await scene.importFile(scene.source(`${name}.conf`, whole));
    expect(imported).toMatchObject({
      name: `${name}.conf`,
      path: join(scene.folder, `${name}.conf`),
      socks5Added: true,
      warnings: [],
    });
    expect(readFileSync(imported.path, "utf8")).toBe(`${whole}${whole.endsWith("\n") ? "" : "\n"}${APPENDED}`);
  }
  expect(listConfigs(scene.folder, () => {})).toHaveLength(4);
});

test("an import with a SOCKS5 section, in any letter case, stays as it is", async () => {
  using scene = setScene();
  const text = sampleConfig({ rest: "[sOCKS5]\r\nBindAddress = 127.0.0.1:25344" });
  const imported = await scene.importFile(scene.source("us.conf", text));
  expect(imported.socks5Added).toBe(false);
  expect(readFileSync(imported.path, "utf8")).toBe(text);
});

test("an import keeps the line endings of its source", async () => {
  using scene = setScene();
  const text = sampleConfig({ rest: "" }).replaceAll("\n", "\r\n");
  const imported = await scene.add("dos", text);
  expect(readFileSync(imported.path, "utf8")).toBe(`${text}${APPENDED.replaceAll("\n", "\r\n")}`);
});

test("an import over an existing config is refused", async () => {
  using scene = setScene();
  const source = scene.source("us.conf", sampleConfig());
  mkdirSync(scene.folder);
  writeFileSync(join(scene.folder, "us.conf"), "");
  await expectFailure("config-exists", scene.importFile(source));
  symlinkSync("/nowhere", join(scene.folder, "eu.conf"));
  await expectFailure("config-exists", scene.importFile(source, "eu"));
  expect(readFileSync(join(scene.folder, "us.conf"), "utf8")).toBe("");
});

test("an import that may replace a config does so whole, through a link too, and not with one that cannot be started", async () => {
  using scene = setScene(true);
  const text = sampleConfig();
  expect(await scene.add("us", text)).toMatchObject({ replaced: false });
  const place = join(scene.folder, "us.conf");
  await expectFailure("config-invalid", scene.add("us", "[Interface]\n"));
  expect(readFileSync(place, "utf8")).toBe(text);
  symlinkSync(place, join(scene.folder, "eu.conf"));
  chmodSync(place, 0o644);
  expect(await scene.add("eu", `# new\n${text}`)).toMatchObject({ replaced: true });
  expect(readFileSync(place, "utf8")).toBe(`# new\n${text}`);
  expect(statSync(place).mode & 0o777).toBe(0o600);
  expect(readdirSync(scene.folder).sort()).toEqual(["eu.conf", "us.conf"]);
});

test("an import is for its owner alone, and leaves nothing beside it", async () => {
  using scene = setScene();
  const { path } = await scene.add("us", sampleConfig());
  expect(modeOf(path)).toBe(0o600);
  expect(statSync(path).nlink).toBe(1);
  expect(modeOf(scene.folder)).toBe(0o700);
  expect(readdirSync(scene.folder)).toEqual(["us.conf"]);
});

test("an import is whole after a power cut: its text is on the disk before it has its name, and the name is", async () => {
  using scene = setScene();
  const text = sampleConfig();
  expect(await recordDiskCalls(() => scene.add("us", text))).toEqual(
    expect.arrayContaining(["link us.conf", "sync confs/"]),
  );
  const calls = await recordDiskCalls(() => scene.add("eu", text));
  expect(calls.findIndex((call) => call.startsWith("sync ") && !call.endsWith("/"))).toBeWithin(
    0,
    calls.indexOf("link eu.conf"),
  );
  expect(calls.lastIndexOf("sync confs/")).toBeGreaterThan(calls.indexOf("link eu.conf"));
});

test("an import takes its name from the source, or another that may be a config's", async () => {
  using scene = setScene();
  const source = scene.source("a.txt", sampleConfig());
  expect((await scene.importFile(source)).name).toBe("a.conf");
  for (const [given, name] of [
    ["b.conf.txt", "b"],
    ["c.conf (1)", "c"],
    ["d (2).conf", "d (2)"],
    ["e.ini", "e"],
  ] as const) {
    expect((await scene.importFile(scene.source(given, sampleConfig()))).name).toBe(`${name}.conf`);
  }
  expect((await scene.importFile(source, "other")).name).toBe("other.conf");
  for (const name of ["../x", "", "a,b"]) await expectFailure("usage", scene.importFile(source, name));
});

test("an import with an error is refused, and nothing is written", async () => {
  using scene = setScene();
  const broken = sampleConfig().replace(KEYS.privateKey, `${KEYS.privateKey}x`);
  const failure = await expectFailure("config-invalid", scene.importFile(scene.source("us.conf", broken)));
  expect(failure.message).toBe("us.conf:2: PrivateKey is not a WireGuard key: base64 of 32 bytes");
  await expectFailure("config-invalid", scene.add("eu", "nonsense"));
  await expectFailure("file-unusable", scene.importFile("/nowhere/us.conf"));
  expect(existsSync(scene.folder)).toBe(false);
});

test("an import with warnings is done, and they are returned", async () => {
  using scene = setScene();
  const { warnings } = await scene.add("us", sampleConfig({ interface: "PostUp = x" }));
  expect(warnings).toMatchObject([{ severity: "warning", line: 5 }]);
});

test("an import looks variables up in the environment that it was given", async () => {
  using scene = setScene();
  const text = sampleConfig({ rest: "[Socks5]\nBindAddress = $BIND" });
  await expectFailure("config-invalid", scene.add("us", text));
  scene.environment["BIND"] = "127.0.0.1:25344";
  expect((await scene.add("us", text)).warnings).toEqual([]);
});

test("an import of a folder takes every config, and tells of each that it refused", async () => {
  using scene = setScene();
  const source = join(scene.source("x", ""), "../source");
  mkdirSync(source);
  for (const name of ["b.conf", "a.conf", "bad,name.conf", "notes.txt"])
    writeFileSync(join(source, name), sampleConfig());
  writeFileSync(join(source, "broken.conf"), "nonsense");
  const results = await scene.importFolder(source);
  expect(results).toMatchObject([
    { source: join(source, "a.conf"), imported: { name: "a.conf" } },
    { source: join(source, "b.conf"), imported: { name: "b.conf" } },
    { source: join(source, "bad,name.conf"), imported: { name: "bad-name.conf" } },
    { source: join(source, "broken.conf"), failure: { code: "config-invalid" } },
  ]);
  expect(listConfigs(scene.folder, () => {})).toEqual(["a.conf", "b.conf", "bad-name.conf"]);
  await expectFailure("file-unusable", scene.importFolder(join(source, "none")));
});

test("an import of a LinkSocks config adds a SOCKS5 listener to a client, and none to a provider", async () => {
  using scene = setScene();
  const client = await scene.add("client", sampleLink({ rest: "" }));
  expect(client).toMatchObject({ socks5Added: true, warnings: [] });
  expect(readFileSync(client.path, "utf8")).toContain("[Socks5]\nBindAddress = 127.0.0.1:25344\n");
  const provider = await scene.add("provider", sampleLink({ link: "Reverse = true", rest: "" }));
  expect(provider.socks5Added).toBe(false);
  scene.environment["ROLE"] = "true";
  const byVariable = await scene.add("by-variable", sampleLink({ link: "Reverse = $ROLE", rest: "" }));
  expect(byVariable.socks5Added).toBe(false);
});

test("an import of a LinkSocks config with a fault is refused", async () => {
  using scene = setScene();
  const failure = await expectFailure("config-invalid", scene.add("client", sampleLink({ link: "Treads = 1" })));
  expect(failure.message).toStartWith("client.conf:4: there is no such key");
  expect(existsSync(scene.folder)).toBe(false);
});

test("an import of more than 1 MiB is refused", async () => {
  using scene = setScene();
  await expectFailure("file-unusable", scene.add("us", "#".repeat(1024 * 1024 + 1)));
});

test("an import takes the sections of the file that WGConfig names beside its source into the config", async () => {
  using scene = setScene();
  const socks = "[Socks5]\nBindAddress = 127.0.0.1:25344\n";
  scene.source("wg0.conf", sampleConfig({ rest: "" }));
  for (const written of ["wg0.conf", "./wg0.conf"]) {
    const name = `c${written.length}`;
    const imported = await scene.importFile(scene.source(`${name}.conf`, `WGConfig = ${written}\n${socks}`));
    expect(imported).toMatchObject({
      socks5Added: false,
      changes: [`${name}.conf:1: WGConfig is replaced by the sections of the file that it names`],
      warnings: [],
    });
    expect(readFileSync(imported.path, "utf8")).toBe(`${sampleConfig({ rest: "" })}${socks}`);
  }
  await expectFailure("config-invalid", scene.importFile(scene.source("d.conf", `WGConfig = nowhere.conf\n${socks}`)));
});
