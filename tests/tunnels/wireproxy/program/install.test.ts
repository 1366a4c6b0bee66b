import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { acquireLock } from "../../../../src/platform/files/lock.ts";
import { type Paths, pathsBelow } from "../../../../src/platform/files/paths.ts";
import { type Installation, installProgram } from "../../../../src/tunnels/wireproxy/program/install.ts";
import type { PinnedHashes } from "../../../../src/tunnels/wireproxy/program/release.ts";
import { createVersionProbe } from "../../../../src/tunnels/wireproxy/program/version.ts";
import { recordDiskCalls } from "../../../rig/disk-calls.ts";
import { modeOf } from "../../../rig/mode-of.ts";
import { rejectionOf } from "../../../rig/rejection.ts";
import { temporaryFolder } from "../../../rig/temporary-folder.ts";
import { until } from "../../../rig/until.ts";
import { makeArchive, makeProgram, sha256 } from "./archive.ts";
import { type Mirror, makeGatedBody, startMirror } from "./mirror.ts";

const NAME = "wireproxy_linux_amd64.tar.gz";
const program = makeProgram();
const archive = makeArchive({ name: "wireproxy", content: program });
const pinned: PinnedHashes = { archive: sha256(archive), binary: sha256(program) };

let folder = temporaryFolder();
let paths: Paths = pathsBelow(folder.path);
let mirror: Mirror;
const processes: Bun.Subprocess[] = [];

beforeEach(() => {
  folder[Symbol.dispose]();
  folder = temporaryFolder();
  paths = pathsBelow(join(folder.path, "argus"));
  mirror = startMirror(() => new Response(archive));
});

afterEach(async () => {
  for (const started of processes.splice(0)) {
    started.kill("SIGKILL");
    await started.exited;
  }
  await mirror.stop();
  folder[Symbol.dispose]();
});

describe("an installation", () => {
  test("an installation leaves an executable program and nothing else, and says how far it is", async () => {
    const steps: number[] = [];
    const done = await installProgram({ ...installation(), onProgress: ({ received }) => steps.push(received) });
    expect(done).toBe(true);
    expectWholeProgram();
    expect(steps.at(-1)).toBe(archive.length);
    expect(await createVersionProbe()(paths.program)).toBe("wireproxy, version 1.1.3");
    expect(mirror.requests).toEqual([`/${NAME}`]);
  });

  test("an installation is whole after a power cut: the program is on the disk before it has its name, and the name is", async () => {
    const calls = await recordDiskCalls(() => installProgram(installation()));
    const named = calls.indexOf("rename wireproxy");
    expect(calls.slice(named - 1, named + 2)).toEqual([
      "sync draft of wireproxy",
      "rename wireproxy",
      "sync wireproxy/",
    ]);
  });

  test("an installation asks the mirror below its prefix, with or without a final slash", async () => {
    await installProgram({ ...installation(), mirror: `${mirror.url}/wireproxy` });
    rmSync(paths.program);
    await installProgram({ ...installation(), mirror: `${mirror.url}/deep/er//` });
    expect(mirror.requests).toEqual([`/wireproxy/${NAME}`, `/deep/er/${NAME}`]);
  });

  test("an installation goes without a mirror to where the release lies", async () => {
    const { mirror: baseUrl, ...rest } = installation();
    await installProgram({
      ...rest,
      release: { version: "1.1.3", baseUrl: `${baseUrl}/v/`, hashes: { [NAME]: pinned } },
    });
    expect(mirror.requests).toEqual([`/v/${NAME}`]);
  });

  test("an installation is executable for all whatever the umask", async () => {
    const started = startInstaller("77");
    await started.exited;
    expectWholeProgram();
  });
});

describe("an existing program", () => {
  test.each([
    "",
    "<!DOCTYPE html><html>not found</html>",
    new Uint8Array([0x7f, 0x45, 0x4c, 0x46, 2, 1, ...Array(12).fill(0), 183, 0]),
  ])("an existing program that this machine cannot run is replaced", async (content) => {
    placeProgram("");
    writeFileSync(paths.program, content);
    expect(await installProgram(installation())).toBe(true);
    expect(readFileSync(paths.program)).toEqual(Buffer.from(program));
  });

  test("an existing program is kept, without a download", async () => {
    placeProgram("#!/bin/sh mine");
    expect(await installProgram(installation())).toBe(false);
    expect(readFileSync(paths.program, "utf8")).toBe("#!/bin/sh mine");
    expect(mirror.requests).toEqual([]);
  });

  test("an existing program that is not executable (a download of Argus that goes on) is neither touched nor taken for one", async () => {
    placeProgram("half", 0o644);
    const failure = await rejectionOf(installProgram(installation()));
    expect(failure.code).toBe("file-unusable");
    expect(readFileSync(paths.program, "utf8")).toBe("half");
  });

  test("a link to nowhere in its place is not written through", async () => {
    mkdirSync(dirname(paths.program), { recursive: true });
    symlinkSync(join(folder.path, "elsewhere"), paths.program);
    expect((await rejectionOf(installProgram(installation()))).code).toBe("file-unusable");
    expect(existsSync(join(folder.path, "elsewhere"))).toBe(false);
  });
});

describe("an installation that fails leaves nothing behind", () => {
  afterEach(() => {
    expect(existsSync(dirname(paths.program)) ? readdirSync(dirname(paths.program)) : []).toEqual([]);
  });

  test("an installation that fails leaves nothing behind: a wrong archive hash, with the expected and the actual one", async () => {
    const failure = await rejectionOf(installProgram(installation({ archive: "0".repeat(64) })));
    expect(failure.code).toBe("program-corrupt");
    expect(failure.message).toContain("0".repeat(64));
    expect(failure.message).toContain(sha256(archive));
  });

  test("an installation that fails leaves nothing behind: a wrong program hash, with the expected and the actual one", async () => {
    const failure = await rejectionOf(installProgram(installation({ ...pinned, binary: "f".repeat(64) })));
    expect(failure.code).toBe("program-corrupt");
    expect(failure.message).toContain("f".repeat(64));
    expect(failure.message).toContain(sha256(program));
  });

  test("an installation that fails leaves nothing behind: an archive with a foreign member", async () => {
    const foreign = makeArchive({ name: "../wireproxy", content: program });
    await mirror.stop();
    mirror = startMirror(() => new Response(foreign));
    const failure = await rejectionOf(installProgram(installation({ archive: sha256(foreign) })));
    expect(failure.code).toBe("program-corrupt");
  });

  test("an installation that fails leaves nothing behind: a mirror without the archive", async () => {
    await mirror.stop();
    mirror = startMirror(() => new Response("no", { status: 404 }));
    expect((await rejectionOf(installProgram(installation()))).code).toBe("download-failed");
  });

  test("an installation that fails leaves nothing behind: a cancellation", async () => {
    const cancel = new AbortController();
    const failing = installProgram({ ...installation(), signal: cancel.signal, onProgress: () => cancel.abort() });
    expect((await rejectionOf(failing)).code).toBe("download-failed");
  });

  test("an installation that fails leaves nothing behind: a platform without a pinned archive: no request, no folder", async () => {
    const failure = await rejectionOf(installProgram({ ...installation(), arch: "riscv64" }));
    expect(failure.code).toBe("platform-unsupported");
    expect(mirror.requests).toEqual([]);
    expect(existsSync(paths.home)).toBe(false);
  });

  test("an installation that fails leaves nothing behind: another installation that does not end: the holder is named", async () => {
    mkdirSync(paths.own, { recursive: true });
    const lock = acquireLock(join(paths.own, "install.lock"));
    const limits = { totalMilliseconds: 150 };
    const failure = await rejectionOf(installProgram({ ...installation(), limits }));
    lock.release();
    expect(failure.code).toBe("lock-held");
    expect(failure.message).toContain(String(process.pid));
  });

  test("an installation that fails leaves nothing behind: a home that is a file", async () => {
    writeFileSync(join(folder.path, "file"), "");
    paths = pathsBelow(join(folder.path, "file"));
    expect((await rejectionOf(installProgram(installation()))).code).toBe("file-unusable");
  });
});

describe("processes", () => {
  test("two processes installing at once give one valid program, and no part of it is ever visible", async () => {
    const gate = makeGatedBody();
    await mirror.stop();
    mirror = startMirror(() => new Response(gate.body));
    const [one, two] = [startInstaller(), startInstaller()];
    await Promise.all([one.began, two.began]);
    await gate.send(archive.subarray(0, 50_000));
    await until("one of them asks for it", () => mirror.requests.length === 1);
    expect(existsSync(paths.program)).toBe(false);

    let ended = false;
    const watching = watchUntil(() => ended);
    await gate.send(archive.subarray(50_000));
    await gate.finish();
    const answers = await Promise.all([one.answer, two.answer]);
    ended = true;

    expect(answers.toSorted()).toEqual(["false", "true"]);
    expect(await watching).toEqual(["absent or whole"]);
    expectWholeProgram();
    expect(mirror.requests).toEqual([`/${NAME}`]);
  });

  test("what a killed process left is removed by the next, which is not held up", async () => {
    const gate = makeGatedBody();
    await mirror.stop();
    mirror = startMirror(() => (mirror.requests.length === 1 ? new Response(gate.body) : new Response(archive)));
    const doomed = startInstaller();
    await gate.send(archive.subarray(0, 50_000));
    await until("one of them asks for it", () => mirror.requests.length === 1);
    doomed.kill();
    await doomed.exited;
    // As if it had been killed while it wrote the program.
    writeFileSync(join(dirname(paths.program), ".wpdaemon-install-left"), "half");
    expect(await installProgram(installation())).toBe(true);
    expectWholeProgram();
  });
});

function installation(hashes: PinnedHashes = pinned): Installation {
  const release = { version: "1.1.3", baseUrl: "http://127.0.0.1:9/unused", hashes: { [NAME]: hashes } };
  return { paths, mirror: mirror.url, platform: "linux", arch: "x64", release };
}

function placeProgram(content: string, mode = 0o755): void {
  mkdirSync(dirname(paths.program), { recursive: true });
  writeFileSync(paths.program, content);
  chmodSync(paths.program, mode);
}

function expectWholeProgram(): void {
  expect(readdirSync(dirname(paths.program))).toEqual(["wireproxy"]);
  expect(sha256(readFileSync(paths.program))).toBe(sha256(program));
  expect(modeOf(paths.program)).toBe(0o755);
}

/** Another process that installs from the mirror; it prints a line when it begins and a line when it has ended. */
function startInstaller(umask = "22") {
  const script = join(import.meta.dir, "install-once.ts");
  const started = Bun.spawn([process.execPath, script, paths.home, mirror.url, sha256(archive), umask], {
    stdin: "ignore",
    stdout: "pipe",
    stderr: "inherit",
  });
  processes.push(started);
  const began = Promise.withResolvers<void>();
  return {
    began: began.promise,
    answer: collect(started.stdout, began.resolve),
    exited: started.exited,
    kill: () => started.kill("SIGKILL"),
  };
}

async function collect(output: ReadableStream<Uint8Array>, began: () => void): Promise<string> {
  let text = "";
  for await (const chunk of output) {
    text += new TextDecoder().decode(chunk);
    began();
  }
  return text.trim().split("\n").at(-1) ?? "";
}

/** Everything that was seen in the program's place. */
async function watchUntil(ended: () => boolean): Promise<string[]> {
  const seen = new Set<string>();
  do {
    seen.add(!existsSync(paths.program) || isWhole() ? "absent or whole" : "a part");
    await new Promise(setImmediate);
  } while (!ended());
  return [...seen];
}

function isWhole(): boolean {
  return (statSync(paths.program).mode & 0o111) !== 0 && sha256(readFileSync(paths.program)) === sha256(program);
}
