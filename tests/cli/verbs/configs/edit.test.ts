import { expect, test } from "bun:test";
import { chmodSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathsBelow } from "../../../../src/platform/files/paths.ts";
import { temporaryFolder } from "../../../rig/temporary-folder.ts";
import { until } from "../../../rig/until.ts";
import { sampleConfig } from "../../../tunnels/wireproxy/config/sample-config.ts";
import { ENTRY, runCommandLine } from "../../command-line.ts";

const TEXT = sampleConfig();

/** An installation with a config, and a program that takes an editor's place. */
function openScene() {
  const folder = temporaryFolder();
  const paths = pathsBelow(folder.path);
  mkdirSync(paths.configs);
  const config = join(paths.configs, "us-east.conf");
  writeFileSync(config, TEXT);
  const words = ["config", "edit", "us-east", "--home", folder.path];
  /** @param script of sh; the file is its $1. */
  const writeEditor = (script: string) => {
    const path = join(folder.path, "editor.sh");
    writeFileSync(path, `#!/bin/sh\n${script}\n`);
    chmodSync(path, 0o700);
    return { EDITOR: path, VISUAL: "" };
  };
  return {
    config,
    words,
    writeEditor,
    edit: (script: string) => runCommandLine(words, writeEditor(script)),
    read: () => readFileSync(config, "utf8"),
    /** Copies that were kept. */
    kept: () => readdirSync(paths.own).map((name) => join(paths.own, name, "us-east.conf")),
    [Symbol.dispose]: () => folder[Symbol.dispose](),
  };
}

test("`config edit` puts what was written into the config's place, private and without a copy left", async () => {
  using scene = openScene();
  chmodSync(scene.config, 0o644);
  const note = join(scene.config, "../../mode");
  const run = await scene.edit(`ls -l "$1" > ${note}; echo '# mine' >> "$1"`);
  expect(run).toEqual({ code: 0, output: "changed us-east.conf\n", complaint: "" });
  expect(scene.read()).toBe(`${TEXT}# mine\n`);
  expect(statSync(scene.config).mode & 0o777).toBe(0o600);
  expect(readFileSync(note, "utf8")).toStartWith("-rw-------");
  expect(scene.kept()).toEqual([]);
});

test("`config edit` without a change leaves the config as it was", async () => {
  using scene = openScene();
  expect((await scene.edit("true")).output).toBe("us-east.conf stays as it was\n");
  expect(scene.kept()).toEqual([]);
});

test.each([
  ["no key", `echo '[Interface]' > "$1"`, "PrivateKey is missing"],
  ["no INI file", `echo 'nothing' > "$1"`, "us-east.conf:1"],
  ["not UTF-8", `printf '[Interface]\\nPrivateKey = \\377\\n' > "$1"`, "is not UTF-8"],
  ["a file that is gone", `rm "$1"`, "does not exist"],
  ["an editor that fails", `echo x >> "$1"; exit 3`, "ended with exit code 3"],
])("`config edit` keeps the copy and the config where it gets %s", async (_, script, complaint) => {
  using scene = openScene();
  const run = await scene.edit(script);
  expect([run.code, run.output, scene.read()]).toEqual([1, "", TEXT]);
  expect(run.complaint).toContain(complaint);
  const [kept = ""] = scene.kept();
  expect(run.complaint).toContain(`your text is kept; take it up again with: wpdaemon config import --replace ${kept}`);
});

test("`config edit` replaces nothing that somebody else has changed meanwhile", async () => {
  using scene = openScene();
  const run = await scene.edit(`echo '# mine' >> "$1"; echo '# theirs' >> ${scene.config}`);
  expect([run.code, scene.read()]).toEqual([1, `${TEXT}# theirs\n`]);
  expect(readFileSync(scene.kept()[0] ?? "", "utf8")).toBe(`${TEXT}# mine\n`);
});

test("`config edit` asks for an editor where none is named and nobody could use one", async () => {
  using scene = openScene();
  expect(await runCommandLine(scene.words, { EDITOR: "", VISUAL: "" })).toMatchObject({
    code: 2,
    complaint: expect.stringContaining("no editor is named"),
  });
});

test("on a terminal `config edit` offers to edit what cannot be started again", async () => {
  using scene = openScene();
  // The first time it breaks the copy, the second time it mends it.
  const editor = scene.writeEditor(
    `if grep -q broken "$1"; then cp ${scene.config} "$1"; echo '# mended' >> "$1"; else echo broken > "$1"; fi`,
  );
  let output = "";
  const terminal = new Bun.Terminal({
    data(_, bytes) {
      output += new TextDecoder().decode(bytes);
    },
  });
  const run = Bun.spawn([process.execPath, ENTRY, ...scene.words], { terminal, env: { ...process.env, ...editor } });
  await until("it asks", () => output.includes("Edit it again?"));
  terminal.write("\r");
  expect(await run.exited).toBe(0);
  expect(scene.read()).toBe(`${TEXT}# mended\n`);
  terminal.close();
});
