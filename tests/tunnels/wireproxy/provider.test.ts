import { expect, test } from "bun:test";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Failure } from "../../../src/platform/failure.ts";
import type { DownloadProgress } from "../../../src/tunnels/wireproxy/program/download.ts";
import { createProgramProvider } from "../../../src/tunnels/wireproxy/program/provider.ts";
import { failureOf, rejectionOf } from "../../rig/rejection.ts";
import { temporaryFolder } from "../../rig/temporary-folder.ts";
import { until } from "../../rig/until.ts";

test("a program that is there is given at once, and nothing is installed", async () => {
  using rig = create();
  rig.place();
  expect(rig.provider.current()).toBe(rig.path);
  expect(await rig.provider.provide()).toBe(rig.path);
  expect([rig.installs.length, rig.entries]).toEqual([0, []]);
});

test("a missing program fails at once, says that it is being downloaded and how far, and is found afterwards", async () => {
  using rig = create();
  const failure = failureOf(() => rig.provider.current());
  expect([failure.code, failure.message]).toEqual([
    "program-missing",
    "the program wireproxy is missing and is being downloaded (0 bytes)",
  ]);
  expect(failure.hint).toContain("WPDAEMON_WIREPROXY");
  rig.last().progress({ received: 1_000, total: undefined });
  expect(failureOf(() => rig.provider.current()).message).toEndWith("is being downloaded (1000 bytes)");
  rig.last().progress({ received: 1_999, total: 4_000 });
  expect(failureOf(() => rig.provider.current()).message).toEndWith("is being downloaded (49 %)");

  rig.place();
  expect(rig.provider.current()).toBe(rig.path);
  rig.last().done();
  expect(await rig.provider.provide()).toBe(rig.path);
  expect(rig.installs.length).toBe(1);
});

test("however many ask, one installation is under way, and all who wait get its result", async () => {
  using rig = create();
  failureOf(() => rig.provider.current());
  const waiting = [rig.provider.provide(), rig.provider.provide()];
  failureOf(() => rig.provider.current());
  rig.place();
  rig.last().done();
  expect(await Promise.all(waiting)).toEqual([rig.path, rig.path]);
  expect(rig.installs.length).toBe(1);
  expect(rig.entries).toEqual([
    "ACTION wireproxy is missing, downloading it",
    `SUCCESS WireProxy binary ready: ${rig.path}`,
  ]);
});

test("a download that failed is told with its reason and tried again, and the next answer says so", async () => {
  using rig = create();
  const waiting = rejectionOf(rig.provider.provide());
  rig.last().fail(new Failure("download-failed", "the server answered 404", { hint: "ask it" }));
  expect((await waiting).message).toBe("the server answered 404");
  expect(rig.entries.at(-1)).toBe(
    "ERROR [initialization] Failed to ensure wireproxy binary is available: the server answered 404 (ask it)",
  );

  expect(failureOf(() => rig.provider.current()).message).toBe(
    "the program wireproxy is missing and could not be downloaded: the server answered 404 (ask it); trying again",
  );
  expect(rig.installs.length).toBe(2);
  expect(failureOf(() => rig.provider.current()).message).toContain("is being downloaded");
  rig.place();
  rig.last().done();
  expect(await rig.provider.provide()).toBe(rig.path);
  expect(rig.outcomes).toEqual(["the server answered 404 (ask it)", null]);
});

test("an installation after which there is still no program is a failure", async () => {
  using rig = create();
  const waiting = rejectionOf(rig.provider.provide());
  rig.last().done();
  expect((await waiting).code).toBe("program-missing");
});

test("a program that vanishes is fetched anew", async () => {
  using rig = create();
  rig.place();
  expect(rig.provider.current()).toBe(rig.path);
  rmSync(rig.path);
  expect(failureOf(() => rig.provider.current()).message).toContain("is being downloaded");
  expect(rig.installs.length).toBe(1);
});

test("a program that the user names and that cannot be run is not replaced by a download", async () => {
  using rig = create("/missing/wireproxy");
  expect(failureOf(() => rig.provider.current()).message).toContain(
    '"/missing/wireproxy", named by WPDAEMON_WIREPROXY',
  );
  expect((await rejectionOf(rig.provider.provide())).code).toBe("program-missing");
  expect(rig.installs.length).toBe(0);
});

test("stop ends a download under way", async () => {
  using rig = create();
  const waiting = rejectionOf(rig.provider.provide());
  expect(rig.last().signal.aborted).toBe(false);
  rig.provider.stop();
  expect(rig.last().signal.aborted).toBe(true);
  rig.last().fail(new Failure("download-failed", "cancelled"));
  expect((await waiting).message).toBe("cancelled");
});

test("whoever shows the progress hears of it", async () => {
  using rig = create();
  failureOf(() => rig.provider.current());
  rig.last().progress({ received: 5, total: 10 });
  await until("the progress is told", () => rig.progress.length > 0);
  expect(rig.progress).toEqual([{ received: 5, total: 10 }]);
});

interface Installation {
  readonly signal: AbortSignal;
  readonly progress: (progress: DownloadProgress) => void;
  readonly done: () => void;
  readonly fail: (error: Error) => void;
}

/** A provider whose installations the test brings to their end. */
function create(environment?: string) {
  const folder = temporaryFolder();
  const path = join(folder.path, "wireproxy");
  const installs: Installation[] = [];
  const entries: string[] = [];
  const progress: DownloadProgress[] = [];
  const outcomes: (string | null)[] = [];
  const provider = createProgramProvider({
    whereToLook: { installed: path, environment },
    install(signal, onProgress) {
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      installs.push({ signal, progress: onProgress, done: resolve, fail: reject });
      return promise;
    },
    audit: (category, message) => void entries.push(`${category} ${message}`),
    onProgress: (latest) => void progress.push(latest),
    onOutcome: (fault) => void outcomes.push(fault),
  });
  return {
    path,
    provider,
    installs,
    entries,
    progress,
    outcomes,
    last() {
      const last = installs.at(-1);
      if (last === undefined) throw new Error("nothing is being installed");
      return last;
    },
    place: () => writeFileSync(path, "#!/bin/sh\n", { mode: 0o755 }),
    [Symbol.dispose]: () => folder[Symbol.dispose](),
  };
}
