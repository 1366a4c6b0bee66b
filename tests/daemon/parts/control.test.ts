import { expect, mock, spyOn, test } from "bun:test";
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as serving from "../../../src/api/control/server.ts";
import { createControlPart, loadControlSecret } from "../../../src/daemon/parts/control.ts";
import type { Audit } from "../../../src/platform/audit.ts";
import { type Paths, pathsBelow } from "../../../src/platform/files/paths.ts";
import { recordDiskCalls } from "../../rig/disk-calls.ts";
import { modeOf } from "../../rig/mode-of.ts";
import { temporaryFolder } from "../../rig/temporary-folder.ts";

test("the secret is 32 random bytes in base64, made once, and for the owner alone", () => {
  using home = makeHome();
  const made = loadControlSecret(home.paths);
  expect(made).toHaveLength(32);
  expect(readFileSync(home.file, "utf8")).toBe(`${Buffer.from(made).toString("base64")}\n`);
  expect(modeOf(home.file)).toBe(0o600);
  expect([...loadControlSecret(home.paths)]).toEqual([...made]);
  using other = makeHome();
  expect([...loadControlSecret(other.paths)]).not.toEqual([...made]);
});

test("the secret survives a power cut, because clients have been given it", async () => {
  using home = makeHome();
  expect(await recordDiskCalls(() => loadControlSecret(home.paths))).toEqual([
    "sync draft of secret",
    "rename secret",
    "sync wpdaemon/",
  ]);
  expect(await recordDiskCalls(() => loadControlSecret(home.paths))).toEqual([]);
});

test.each([31, 33, 0])("a secret of %d bytes is none, and another one is made", (length) => {
  using home = makeHome();
  writeFileSync(home.file, Buffer.alloc(length, 7).toString("base64"));
  const made = loadControlSecret(home.paths);
  expect(made).toHaveLength(32);
  expect([...made]).not.toEqual([...Buffer.alloc(32, 7)]);
});

test.skipIf(process.getuid?.() === 0)("a secret that cannot be read is an error, and stays", () => {
  using home = makeHome();
  loadControlSecret(home.paths);
  chmodSync(home.file, 0);
  expect(() => loadControlSecret(home.paths)).toThrow("EACCES");
});

test("the part lends its port, closes it in a hand-over, and takes it back, waits for its answers, and stops", async () => {
  using home = makeHome();
  const server = createFakeServer();
  using start = spyOn(serving, "startControlApi").mockReturnValue(server);
  const part = createPart(home.paths, 9_999);
  await part.open?.([7]);
  expect(start.mock.calls[0]).toEqual([
    expect.objectContaining({ path: home.paths.control, tcpPort: 9_999, secret: loadControlSecret(home.paths) }),
    [7],
  ]);
  expect(part.lend?.()).toEqual([3]);
  await part.freeze?.();
  expect(server.closePort).toHaveBeenCalledTimes(1);
  await part.resume?.([3]);
  expect(server.openPort.mock.calls).toEqual([[[3]]]);
  await part.drain?.();
  expect(server.answered).toHaveBeenCalledTimes(1);
  expect(server.stop).not.toHaveBeenCalled();
  await part.close?.("cli-stop");
  expect(server.stop).toHaveBeenCalledTimes(1);
});

test("a daemon that has taken over does without a port that somebody else has; at an ordinary start that is an error", async () => {
  using home = makeHome();
  const told: string[] = [];
  using start = spyOn(serving, "startControlApi").mockReturnValue(createFakeServer());
  const isTaken = () => {
    throw new Error("it is taken");
  };
  start.mockImplementationOnce(isTaken);
  await createPart(home.paths, 9_999, true, (_, message) => void told.push(message)).open?.([]);
  expect(start.mock.calls.map(([{ tcpPort }]) => tcpPort)).toEqual([9_999, undefined]);
  expect(told).toEqual(["the control API stays without port 9999: it is taken"]);
  start.mockImplementationOnce(isTaken);
  await expect(Promise.resolve(createPart(home.paths, 9_999).open?.([]))).rejects.toThrow("it is taken");
});

function createFakeServer() {
  return {
    closePort: mock(),
    openPort: mock<(lent: readonly number[]) => void>(),
    lendPort: () => [3],
    answered: mock(async () => undefined),
    stop: mock(async () => undefined),
  };
}

function createPart(paths: Paths, port: number, hasTakenOver = false, audit: Audit = () => undefined) {
  return createControlPart({
    paths,
    settings: { port, metrics: false },
    hasTakenOver,
    audit,
    now: Date.now,
    loadService: () => Promise.reject(new Error("nobody asks for it here")),
    onActivity: () => undefined,
  });
}

function makeHome() {
  const folder = temporaryFolder();
  const paths = pathsBelow(folder.path);
  mkdirSync(paths.own, { mode: 0o700 });
  return { paths, file: join(paths.own, "secret"), [Symbol.dispose]: () => folder[Symbol.dispose]() };
}
