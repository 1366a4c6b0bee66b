import { afterEach, beforeEach, describe, expect, spyOn, test } from "bun:test";
import * as fs from "node:fs";
import { join } from "node:path";
import { openHostsFile } from "../../../src/endpoints/hosts/hosts-file.ts";
import { temporaryFolder } from "../../rig/temporary-folder.ts";

const NAMES = new Map([["app.example", "127.107.0.2"]]);
const NONE = new Map<string, string>();
const { fsyncSync, openSync } = { ...fs };

let folder: ReturnType<typeof temporaryFolder>;
let path: string;
beforeEach(() => {
  folder = temporaryFolder();
  path = join(folder.path, "hosts");
  fs.writeFileSync(path, "127.0.0.1 localhost\n");
});
afterEach(() => folder[Symbol.dispose]());

describe("a hosts file", () => {
  test("has the names while they are published, and is as it was when they are not", async () => {
    expect(await open().publish(NAMES)).toMatchObject({ change: "exchanged", error: undefined });
    expect(read()).toContain("127.107.0.2\tapp.example\n");
    expect(await open().publish(NONE)).toMatchObject({ change: "exchanged" });
    expect(read()).toBe("127.0.0.1 localhost\n");
    expect(left()).toEqual(["hosts", "state"]);
  });

  test("is not touched where nothing has changed", async () => {
    await open().publish(NAMES);
    const before = fs.statSync(path, { bigint: true });
    expect(await open().publish(NAMES)).toMatchObject({ change: "unchanged" });
    const after = fs.statSync(path, { bigint: true });
    expect([after.ino, after.mtimeNs]).toEqual([before.ino, before.mtimeNs]);
  });

  test("keeps its mode, and is kept once as it was before the first change", async () => {
    fs.chmodSync(path, 0o640);
    await open().publish(NAMES);
    await open().publish(new Map([["db.example", "127.107.0.3"]]));
    expect(fs.statSync(path).mode & 0o777).toBe(0o640);
    expect(fs.readFileSync(join(folder.path, "state/hosts.bak"), "utf8")).toBe("127.0.0.1 localhost\n");
  });

  test("is changed where a link leads, and the link stays", async () => {
    const link = join(folder.path, "link");
    fs.symlinkSync("hosts", link);
    await open(link).publish(NAMES);
    expect([fs.readlinkSync(link), read().includes("app.example")]).toEqual(["hosts", true]);
  });

  test("that is not there yet is made, readable by all", async () => {
    fs.rmSync(path);
    expect(await open().publish(NAMES)).toMatchObject({ change: "overwritten" });
    expect([fs.statSync(path).mode & 0o777, read().includes("app.example")]).toEqual([0o644, true]);
  });

  test("keeps bytes that are no text", async () => {
    const bytes = Buffer.from([0xff, 0xfe, 0x00, 0x0d, 0x0a, 0xc3, 0x28]);
    fs.writeFileSync(path, bytes);
    await open().publish(NAMES);
    await open().publish(NONE);
    expect(Buffer.compare(fs.readFileSync(path), bytes)).toBe(0);
  });

  test.each(["EBUSY", "EXDEV", "EPERM", "EACCES"])("that cannot be exchanged (%s) is written over", async (code) => {
    using _ = spyOn(fs, "renameSync").mockImplementation(() => {
      throw Object.assign(new Error(code), { code });
    });
    const { ino } = fs.statSync(path);
    expect(await open().publish(NAMES)).toMatchObject({ change: "overwritten" });
    expect([fs.statSync(path).ino, left()]).toEqual([ino, ["hosts", "state"]]);
    await open().publish(NONE);
    expect(read()).toBe("127.0.0.1 localhost\n");
  });

  test("that somebody else changes at the same time has both changes", async () => {
    let isFirst = true;
    using _ = spyOn(fs, "fsyncSync").mockImplementation((file) => {
      if (isFirst) fs.appendFileSync(path, "10.0.0.1 theirs\n");
      isFirst = false;
      fsyncSync(file);
    });
    await open().publish(NAMES);
    expect(read()).toContain("10.0.0.1 theirs\n");
    expect(read()).toContain("127.107.0.2\tapp.example\n");
  });

  test("that others write to all the time is left to the next attempt", async () => {
    let count = 0;
    using _ = spyOn(fs, "fsyncSync").mockImplementation((file) => {
      count += 1;
      fs.appendFileSync(path, `10.0.0.1 theirs-${count}\n`);
      fsyncSync(file);
    });
    const { change, error } = await open().publish(NAMES);
    expect([change, count]).toEqual(["failed", 5]);
    expect(error).toContain("is written to by others all the time");
    expect(read()).not.toContain("app.example");
  });

  test.each([
    [
      "the draft is opened",
      () =>
        spyOn(fs, "openSync").mockImplementation((file, ...how) =>
          String(file).endsWith(".tmp") ? fail() : openSync(file, ...how),
        ),
    ],
    ["its owner is set", () => spyOn(fs, "fchownSync").mockImplementation(fail)],
    ["its mode is set", () => spyOn(fs, "fchmodSync").mockImplementation(fail)],
    ["it is synced", () => spyOn(fs, "fsyncSync").mockImplementation(fail)],
    ["it takes its place", () => spyOn(fs, "renameSync").mockImplementation(fail)],
  ])("is the old one where the disk fails when %s", async (_, spy) => {
    using __ = spy();
    expect(await open().publish(NAMES)).toMatchObject({ change: "failed", error: expect.stringContaining("EIO") });
    expect([read(), left()]).toEqual(["127.0.0.1 localhost\n", ["hosts", "state"]]);
  });

  test("that may not be written to is told, and nothing else happens", async () => {
    using _ = spyOn(fs, "openSync").mockImplementation((file, ...how) => {
      if (String(file).startsWith(path)) throw Object.assign(new Error("EROFS: read-only"), { code: "EROFS" });
      return openSync(file, ...how);
    });
    expect(await open().publish(NAMES)).toMatchObject({ change: "failed", error: expect.stringContaining("EROFS") });
  });

  test("has no name that is none, and says who else maps one of ours", async () => {
    fs.writeFileSync(path, "10.0.0.1 app.example\n");
    const report = await open().publish(new Map([...NAMES, ["*.wild.example", "127.107.0.9"]]));
    expect(report).toMatchObject({
      change: "exchanged",
      invalid: ["*.wild.example"],
      conflicts: [{ hostname: "app.example", address: "10.0.0.1", line: 1 }],
    });
    expect(read()).not.toContain("wild");
  });

  test("is written by one after the other", async () => {
    const names = Array.from({ length: 10 }, (_, index) => new Map([[`app${index}.example`, "127.107.0.2"]]));
    await Promise.all(names.map((one) => open().publish(one)));
    await open().publish(NONE);
    expect(read()).toBe("127.0.0.1 localhost\n");
  });
});

function open(file = path) {
  const isOurs = (ip: string) => ip.startsWith("127.107.");
  return openHostsFile({ path: file, folder: join(folder.path, "state"), isOurs, takesOver: true });
}

function read(): string {
  return fs.readFileSync(path, "latin1");
}

function left(): readonly string[] {
  return fs.readdirSync(folder.path).sort();
}

function fail(): never {
  throw Object.assign(new Error("EIO: i/o error"), { code: "EIO" });
}
