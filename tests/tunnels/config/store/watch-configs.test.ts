import { expect, test } from "bun:test";
import { appendFileSync, cpSync, linkSync, mkdirSync, renameSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { makeNamedPipe } from "../../../../src/platform/libc.ts";
import { watchConfigs } from "../../../../src/tunnels/config/store/watch-configs.ts";
import { temporaryFolder } from "../../../rig/temporary-folder.ts";
import { until } from "../../../rig/until.ts";

test("a config that is new, changed in whichever way, and gone", async () => {
  await using rig = createRig({});
  rig.replace("us.conf", "one");
  await rig.told("added us.conf");
  rig.replace("us.conf", "two");
  await rig.told("changed us.conf");
  writeFileSync(rig.at("us.conf"), "three");
  await rig.told("changed us.conf");
  appendFileSync(rig.at("us.conf"), "four");
  await rig.told("changed us.conf");
  rmSync(rig.at("us.conf"));
  await rig.told("removed us.conf");
});

test("the same length at the same time is another content all the same", async () => {
  await using rig = createRig({ "us.conf": "one" });
  utimesSync(rig.at("us.conf"), 1, 1);
  writeFileSync(rig.at("us.conf"), "two");
  utimesSync(rig.at("us.conf"), 1, 1);
  await rig.told("changed us.conf");
});

test("as an editor saves, with a copy beside it: once; as it does without a change: not at all", async () => {
  await using rig = createRig({ "us.conf": "one" });
  for (const text of ["two", "two"]) {
    writeFileSync(rig.at(".us.conf.swp"), "what it keeps");
    writeFileSync(rig.at("4913"), "");
    rmSync(rig.at("4913"));
    renameSync(rig.at("us.conf"), rig.at("us.conf~"));
    writeFileSync(rig.at("us.conf"), text);
    rmSync(rig.at("us.conf~"));
    rmSync(rig.at(".us.conf.swp"));
    if (text === "two") await rig.settled();
  }
  expect(rig.all()).toEqual(["changed us.conf", "added witness-1.conf", "added witness-2.conf"]);
});

test("a touch, a copy over itself, and what is no config", async () => {
  await using rig = createRig({ "us.conf": "one" });
  utimesSync(rig.at("us.conf"), new Date(), new Date());
  writeFileSync(rig.at("us.conf"), "one");
  writeFileSync(rig.at("notes.txt"), "one");
  writeFileSync(rig.at(".hidden.conf"), "one");
  mkdirSync(rig.at("folder.conf"));
  makeNamedPipe(rig.at("pipe.conf"));
  await rig.settled();
  expect(rig.all()).toEqual(["added witness-1.conf"]);
});

test("a link, as one is made that must not replace another", async () => {
  await using rig = createRig({});
  writeFileSync(rig.at(".draft"), "one");
  linkSync(rig.at(".draft"), rig.at("us.conf"));
  rmSync(rig.at(".draft"));
  await rig.told("added us.conf");
});

test("another name is a config that goes and one that comes", async () => {
  await using rig = createRig({ "us.conf": "one" });
  renameSync(rig.at("us.conf"), rig.at("eu.conf"));
  await rig.told("removed us.conf", "added eu.conf");
});

test("a pipe in a config's place is the end of the config, and nobody waits for it", async () => {
  await using rig = createRig({ "us.conf": "one" });
  rmSync(rig.at("us.conf"));
  makeNamedPipe(rig.at("us.conf"));
  await rig.told("removed us.conf");
});

test("the folder with all that is in it comes, goes, and comes again", async () => {
  await using rig = createRig(undefined);
  const prepared = `${rig.folder}.prepared`;
  mkdirSync(prepared);
  for (const name of ["eu.conf", "us.conf"]) writeFileSync(join(prepared, name), name);
  cpSync(prepared, `${prepared}.again`, { recursive: true });
  renameSync(prepared, rig.folder);
  await rig.told("added eu.conf", "added us.conf");
  renameSync(rig.folder, `${rig.folder}.away`);
  await rig.told("removed eu.conf", "removed us.conf");
  renameSync(`${prepared}.again`, rig.folder);
  await rig.told("added eu.conf", "added us.conf");
  rig.replace("us.conf", "another");
  await rig.told("changed us.conf");
});

/** A folder of configs that is watched; undefined: it is not there yet. */
function createRig(configs: Readonly<Record<string, string>> | undefined) {
  const place = temporaryFolder();
  const folder = join(place.path, "configs");
  const at = (name: string) => join(folder, name);
  if (configs !== undefined) mkdirSync(folder);
  for (const [name, text] of Object.entries(configs ?? {})) writeFileSync(at(name), text);
  const all: string[] = [];
  let read = 0;
  let witnesses = 0;
  const watch = watchConfigs(folder, (config, change) => all.push(`${change} ${config}`));
  const replace = (name: string, text: string) => {
    writeFileSync(join(place.path, "draft"), text);
    renameSync(join(place.path, "draft"), at(name));
  };
  return {
    folder,
    at,
    replace,
    all: () => all,
    /** These and no others, since the last time. */
    async told(...changes: readonly string[]): Promise<void> {
      await until(changes.join(", "), () => all.length >= read + changes.length);
      expect(all.slice(read)).toEqual([...changes]);
      read = all.length;
    },
    /** What was done before has been looked at by then. */
    async settled(): Promise<void> {
      witnesses += 1;
      const line = `added witness-${witnesses}.conf`;
      replace(`witness-${witnesses}.conf`, "");
      await until(line, () => all.includes(line));
    },
    async [Symbol.asyncDispose]() {
      watch.stop();
      place[Symbol.dispose]();
    },
  };
}
