import { expect, test } from "bun:test";
import { mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathsBelow } from "../../../../src/platform/files/paths.ts";
import { temporaryFolder } from "../../../rig/temporary-folder.ts";
import { runCommandLine } from "../../command-line.ts";

function openScene(settings?: string) {
  const folder = temporaryFolder();
  const paths = pathsBelow(folder.path);
  mkdirSync(paths.configs);
  mkdirSync(paths.own);
  for (const name of ["us-east.conf", "eu-west.conf"]) writeFileSync(join(paths.configs, name), "");
  if (settings !== undefined) writeFileSync(paths.settings, settings);
  return {
    paths,
    set: (...words: readonly string[]) => runCommandLine(["config", "set", ...words, "--home", folder.path]),
    check: (...words: readonly string[]) => runCommandLine(["settings", "check", ...words, "--home", folder.path]),
    read: () => readFileSync(paths.settings, "utf8"),
    [Symbol.dispose]: () => folder[Symbol.dispose](),
  };
}

test.each([
  [["autostart", "on"], "{ autostart: true }"],
  [["recover", "no"], "{ recover: false }"],
  [["socks", "25350"], "{ socks: 25350 }"],
  [["failover", "eu-west.conf"], "{ failover: [ eu-west ] }"],
  [["probe", "10.0.0.1:80"], "{ probe: 10.0.0.1:80 }"],
])("`config set` writes %j, for its owner alone and with nothing beside it", async ([key = "", word = ""], written) => {
  using scene = openScene();
  const { code, complaint } = await scene.set("us-east", key, word);
  expect([code, complaint, scene.read()]).toEqual([0, "", `tunnels:\n  us-east: ${written}\n`]);
  expect(statSync(scene.paths.settings).mode & 0o777).toBe(0o600);
  expect(readdirSync(scene.paths.own)).toEqual(["config.yaml"]);
});

test.each([
  [["us-east", "socks", "high"], 2, "tunnels.us-east.socks"],
  [["us-east", "socks", "70000"], 2, "tunnels.us-east.socks"],
  [["us-east", "probe", "ftp//"], 2, "not a probe"],
  [["us-east", "autostart", "maybe"], 2, "autostart is true or false"],
  [["us-east", "sock", "1"], 2, "the settings are autostart, recover, socks"],
  [["us-east", "toString", "1"], 2, "there is no setting"],
  [["us-est", "socks", "1"], 1, 'did you mean "us-east"?'],
  [["us-east", "failover", "eu-west,eu-wst"], 1, 'did you mean "eu-west"?'],
  [["us-east", "socks"], 2, "VALUE"],
])("`config set` refuses %j, and leaves the file as it was", async (words, code, complaint) => {
  using scene = openScene("# mine\n");
  const run = await scene.set(...words);
  expect([run.code, run.output, scene.read()]).toEqual([code, "", "# mine\n"]);
  expect(run.complaint).toContain(complaint);
});

test("`config set` writes through a link, and takes a setting out", async () => {
  using scene = openScene();
  const elsewhere = join(scene.paths.own, "elsewhere.yaml");
  writeFileSync(elsewhere, "tunnels: { us-east: { socks: 25350 } }\n");
  symlinkSync(elsewhere, scene.paths.settings);
  const { output } = await scene.set("us-east", "socks", "default", "--json");
  expect(JSON.parse(output)).toMatchObject({ name: "us-east", setting: "socks", value: null });
  expect(readFileSync(elsewhere, "utf8")).not.toContain("socks");
});

test("`settings check` tells what is wrong, what has no config and what beats the file", async () => {
  using scene = openScene("tunnels: { us-est: { autostart: true } }\n");
  const warned = await runCommandLine(["settings", "check", "--home", scene.paths.home], { WPDAEMON_PORT: "1" });
  expect(warned).toEqual({
    code: 0,
    output: `WPDAEMON_PORT beats the file\n${scene.paths.settings} is valid\n`,
    complaint: "wpdaemon: the settings name us-est, of which there is no config\n",
  });
  writeFileSync(scene.paths.settings, "tunnels: { us-east: { autostrat: true } }\n");
  expect(await scene.check()).toMatchObject({
    code: 2,
    complaint: expect.stringContaining('did you mean "autostart"?'),
  });
  using empty = openScene();
  expect((await empty.check()).output).toContain("the defaults hold");
});
