import { lstatSync, readdirSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { Failure, orFileUnusable } from "../../../platform/failure.ts";
import { makePrivateFolder, replaceFile } from "../../../platform/files/files.ts";
import { lockWhenFree } from "../../../platform/files/lock.ts";
import type { Paths } from "../../../platform/files/paths.ts";
import { DOWNLOAD_LIMITS, type Download, downloadArchive } from "./download.ts";
import { explainUnexecutable, isProgram } from "./find.ts";
import { findMisfit } from "./fitness.ts";
import { type Asset, chooseAsset, type Machine, PINNED_RELEASE, type Release } from "./release.ts";
import { unpackProgram } from "./unpack.ts";

export interface Installation extends Machine, Pick<Download, "onProgress" | "signal" | "limits"> {
  readonly paths: Pick<Paths, "program" | "own">;
  /** A URL prefix to download from instead of GitHub: the asset is expected at `<mirror>/<asset name>`. */
  readonly mirror?: string | undefined;
  readonly release?: Release | undefined;
}

/**
 * Installs the pinned wireproxy at `paths.program`. Of any number of processes that do so at once, one downloads and the
 * others wait for it; the program appears there whole or not at all, and an existing one is kept.
 * @returns false where a program was there already.
 * @throws Failure `platform-unsupported`, `download-failed`, `program-corrupt`, `lock-held` (another one did not finish),
 * `file-unusable` (folder not writable, disk full, something else in the program's place).
 */
export async function installProgram(installation: Installation): Promise<boolean> {
  const { paths, release = PINNED_RELEASE, signal, limits } = installation;
  if (isThere(paths.program, installation)) return false;
  const asset = chooseAsset(installation, release);
  const folder = dirname(paths.program);
  for (const needed of [folder, paths.own]) onDisk(needed, () => makePrivateFolder(needed));
  const milliseconds = limits?.totalMilliseconds ?? DOWNLOAD_LIMITS.totalMilliseconds;
  const lock = await lockWhenFree(join(paths.own, "install.lock"), { milliseconds, signal });
  try {
    if (isThere(paths.program, installation)) return false;
    onDisk(folder, () => removeLeftovers(folder));
    const url = `${(installation.mirror ?? release.baseUrl).replace(/\/+$/, "")}/${asset.name}`;
    const program = await fetchProgram(installation, asset, url);
    // It is executable before it gets its name, so that whoever finds the name can run it.
    onDisk(paths.program, () => replaceFile(paths.program, program, "power-cut", 0o755));
    return true;
  } finally {
    lock.release();
  }
}

/** @throws Failure `file-unusable` where what is there cannot be run: it may be a download of Argus that still goes on. */
function isThere(path: string, machine: Machine): boolean {
  if (onDisk(path, () => lstatSync(path, { throwIfNoEntry: false })) === undefined) return false;
  // One that cannot run here was put there by a predecessor, or for another machine: it is replaced.
  if (isProgram(path)) return findMisfit(path, machine)?.mayRun !== false;
  const why = explainUnexecutable(path);
  throw new Failure("file-unusable", `${path} is there, but ${why}`, {
    hint: why.endsWith("noexec")
      ? "name one elsewhere with wireproxy.path in config.yaml"
      : "wait if Argus is just downloading it, make it executable, or remove it",
  });
}

async function fetchProgram(installation: Installation, asset: Asset, url: string): Promise<Uint8Array> {
  const { signal, onProgress, limits } = installation;
  const archive = await downloadArchive({ url, sha256: asset.archiveSha256, signal, onProgress, limits });
  return await unpackProgram(archive, { sha256: asset.binarySha256 });
}

/** The temporary files of a process that was killed while it installed, under this name and that of version 2.0.0. */
function removeLeftovers(folder: string): void {
  const left = readdirSync(folder).filter((name) => /^wireproxy\..*\.tmp$|^\.wpdaemon-install-/.test(name));
  for (const name of left) rmSync(join(folder, name), { force: true });
}

function onDisk<Result>(path: string, action: () => Result): Result {
  return orFileUnusable(`cannot use ${path}`, "its folder must be writable and its disk have room", action);
}
