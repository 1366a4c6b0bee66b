import { lstatSync, rmSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { describeError } from "../../../platform/failure.ts";
import { listFolder } from "../../../platform/files/files.ts";
import type { Paths } from "../../../platform/files/paths.ts";
import { findProcessHolding } from "../../../platform/process/process-identity.ts";
import { readChildren } from "../known-daemon.ts";

/** A derived config is on record a moment after it is written. */
const RECORDED_AFTER_MS = 60_000;

export interface LeftoverParts {
  readonly paths: Paths;
  /** A daemon that lives keeps its state, its socket, and all that is on its record. */
  readonly daemonLives: boolean;
  /** Configs that processes were started with. */
  readonly configsInUse: readonly string[];
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/**
 * Files that nobody needs any more: pipes that no process holds, derived configs, the socket of a dead daemon, state files
 * that were set aside.
 */
export function findLeftovers(parts: LeftoverParts): readonly string[] {
  const { paths, daemonLives } = parts;
  return [
    ...findPipes(parts),
    ...findDerivedConfigs(parts),
    ...findSetAside(paths.state),
    ...(daemonLives ? [] : [...findDrafts(paths.state), ...findSocket(paths.control)]),
  ];
}

/** Corrupt state files that a daemon has set aside. */
export function findSetAside(state: string): readonly string[] {
  return listFolder(dirname(state)).filter((path) => path.startsWith(`${state}.corrupt-`));
}

/** Removes a file. @returns why it cannot be removed; undefined where it is gone. */
export function removeLeftover(path: string): string | undefined {
  try {
    rmSync(path, { force: true });
    return undefined;
  } catch (error) {
    return describeError(error);
  }
}

function findPipes(parts: LeftoverParts): readonly string[] {
  return listUnrecorded("pipes", "pipe", parts).filter((path) => findProcessHolding(path) === undefined);
}

function findDerivedConfigs(parts: LeftoverParts): readonly string[] {
  const { daemonLives, configsInUse, now } = parts;
  const isOld = (path: string) => now - (statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? now) > RECORDED_AFTER_MS;
  return listUnrecorded("derived", "derivedFile", parts).filter(
    (path) => !configsInUse.includes(path) && (!daemonLives || isOld(path)),
  );
}

/**
 * What lies in a folder and is on no record of a daemon that lives. A pipe is made after its record and goes before it, so
 * one that is there first and then on no record is nobody's.
 */
function listUnrecorded(
  folder: "pipes" | "derived",
  member: "pipe" | "derivedFile",
  { paths, daemonLives }: LeftoverParts,
): readonly string[] {
  const found = listFolder(paths[folder]);
  if (!daemonLives) return found;
  const onRecord = readChildren(paths.state)?.map((child) => child[member]);
  return onRecord === undefined ? [] : found.filter((path) => !onRecord.includes(path));
}

/** What a daemon that was killed while it wrote has left. */
function findDrafts(state: string): readonly string[] {
  return listFolder(dirname(state)).filter((path) => path.startsWith(`${state}.`) && path.endsWith(".tmp"));
}

function findSocket(path: string): readonly string[] {
  return lstatSync(path, { throwIfNoEntry: false })?.isSocket() === true ? [path] : [];
}
