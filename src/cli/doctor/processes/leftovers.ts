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

/** A pipe is made after its record and goes before it, so one that is there first and then on no record is nobody's. */
function findPipes({ paths, daemonLives }: LeftoverParts): readonly string[] {
  const pipes = listFolder(paths.pipes);
  const children = readChildren(paths.state);
  if (children === undefined && daemonLives) return [];
  const onRecord = daemonLives ? (children ?? []).map(({ pipe }) => pipe) : [];
  return pipes.filter((path) => !onRecord.includes(path) && findProcessHolding(path) === undefined);
}

function findDerivedConfigs({ paths, daemonLives, configsInUse, now }: LeftoverParts): readonly string[] {
  const derived = listFolder(paths.derived);
  const children = readChildren(paths.state);
  if (children === undefined && daemonLives) return [];
  const onRecord = daemonLives ? (children ?? []).map(({ derivedFile }) => derivedFile) : [];
  const isOld = (path: string) => now - (statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? now) > RECORDED_AFTER_MS;
  return derived.filter(
    (path) => !onRecord.includes(path) && !configsInUse.includes(path) && (!daemonLives || isOld(path)),
  );
}

/** What a daemon that was killed while it wrote has left. */
function findDrafts(state: string): readonly string[] {
  return listFolder(dirname(state)).filter((path) => path.startsWith(`${state}.`) && path.endsWith(".tmp"));
}

function findSocket(path: string): readonly string[] {
  return lstatSync(path, { throwIfNoEntry: false })?.isSocket() === true ? [path] : [];
}
