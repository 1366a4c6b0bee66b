import { expect, test } from "bun:test";
import { closeSync, linkSync, mkdirSync, openSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { watchFolder } from "../../../src/platform/files/folder-watch.ts";
import { temporaryFolder } from "../../rig/temporary-folder.ts";
import { until } from "../../rig/until.ts";

type Change = readonly [string, (file: string, other: string) => void];

/** What may be done to a file in the folder, with another beside the folder. */
const CHANGES: readonly Change[] = [
  ["is written over", (file) => writeFileSync(file, "another")],
  ["is replaced", (file, other) => renameSync(other, file)],
  ["goes", (file) => rmSync(file)],
  ["is moved away", (file, other) => renameSync(file, other)],
  ["is new", (file) => writeFileSync(`${file}.new`, "")],
  ["is linked", (file, other) => linkSync(other, `${file}.new`)],
  ["is a symbolic link", (file, other) => symlinkSync(other, `${file}.new`)],
];

test.each(CHANGES)("a file that %s is told", async (_, change) => {
  await using rig = createRig();
  change(rig.file, rig.other);
  await rig.told(1);
});

test("what comes after the first news is told likewise, and what comes together once", async () => {
  await using rig = createRig();
  for (let round = 1; round <= 5; round += 1) {
    for (let file = 0; file < 20; file += 1) writeFileSync(`${rig.file}.${round}.${file}`, "");
    await rig.told(round);
  }
});

test("a folder that comes later, goes, and comes again", async () => {
  await using rig = createRig("above/the folder");
  mkdirSync(join(rig.folder, ".."));
  await rig.told(1);
  mkdirSync(rig.folder);
  await rig.told(2);
  writeFileSync(rig.file, "");
  await rig.told(3);
  rmSync(join(rig.folder, ".."), { recursive: true });
  await until("its end", () => rig.count() > 3);
  await rig.settled();
  const before = rig.count();
  mkdirSync(rig.folder, { recursive: true });
  await until("its return", () => rig.count() > before);
  await rig.settled();
  const atRest = rig.count();
  writeFileSync(rig.file, "");
  await rig.told(atRest + 1);
});

test("a folder that another one takes the place of", async () => {
  await using rig = createRig();
  renameSync(rig.folder, `${rig.folder}.away`);
  mkdirSync(rig.folder);
  await until("the other", () => rig.count() > 0);
  await rig.settled();
  const before = rig.count();
  writeFileSync(rig.file, "");
  await rig.told(before + 1);
});

test("reading, and what happens elsewhere, is not told", async () => {
  await using rig = createRig();
  await Bun.file(rig.file).text();
  writeFileSync(rig.other, "another");
  mkdirSync(join(rig.folder, "..", "elsewhere"));
  await rig.settled();
  expect(rig.count()).toBe(0);
});

test("after the stop nothing is told, and no descriptor is left", async () => {
  const before = lowestDescriptor();
  const counts: (() => number)[] = [];
  for (let round = 0; round < 50; round += 1) {
    await using rig = createRig();
    counts.push(rig.count);
    if (round % 2 === 0) writeFileSync(rig.file, "another");
    if (round % 10 === 0) await rig.told(1);
  }
  await until("closed", () => lowestDescriptor() < before + 20);
  expect(counts.filter((count) => count() > 0)).toHaveLength(5);
});

test("a watch that is stopped lets the program end", async () => {
  using folder = temporaryFolder();
  const module = JSON.stringify(join(import.meta.dir, "../../../src/platform/files/folder-watch.ts"));
  const program = `const { watchFolder } = await import(${module});
    watchFolder(${JSON.stringify(folder.path)}, () => {}).stop();`;
  expect(await Bun.spawn([process.execPath, "-e", program]).exited).toBe(0);
});

function createRig(name = "folder") {
  const place = temporaryFolder();
  const folder = join(place.path, name);
  const [file, other, witness] = [join(folder, "file"), join(place.path, "other"), join(place.path, "witness")];
  mkdirSync(witness);
  writeFileSync(other, "other");
  if (name === "folder") {
    mkdirSync(folder);
    writeFileSync(file, "file");
  }
  let count = 0;
  let witnessed = 0;
  const watches = [watchFolder(folder, () => count++), watchFolder(witness, () => witnessed++)];
  const settled = async () => {
    const before = witnessed;
    writeFileSync(join(witness, "file"), "");
    await until("the witness", () => witnessed > before);
  };
  return {
    folder,
    file,
    other,
    count: () => count,
    /** What was done before has been told by then: of a folder that changes now, the news comes later. */
    settled,
    /** So often, and no more. */
    async told(times: number): Promise<void> {
      await until(`told ${times} times`, () => count >= times);
      await settled();
      expect(count).toBe(times);
    },
    async [Symbol.asyncDispose]() {
      for (const watch of watches) watch.stop();
      place[Symbol.dispose]();
    },
  };
}

function lowestDescriptor(): number {
  const descriptor = openSync("/dev/null", "r");
  closeSync(descriptor);
  return descriptor;
}
