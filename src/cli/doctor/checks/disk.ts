import { statfsSync } from "node:fs";
import { dirname } from "node:path";
import { systemCode } from "../../../platform/failure.ts";
import type { Circumstances } from "../circumstances.ts";
import { blame, type Findings, fine, warn } from "../diagnosis.ts";

/** Bytes. The logs of one busy tunnel grow to 20 MB; with less than the second, not even the state file is safe. */
const LITTLE = 200 * 1024 * 1024;
const TOO_LITTLE = 10 * 1024 * 1024;

/** What is known of a file system. */
export interface FreeSpace {
  readonly bytes: number;
  /** Undefined where the file system does not count them. */
  readonly files: number | undefined;
}

/** Whether the disk of the logs has free space. */
export function checkDisk(
  { paths }: Circumstances,
  measure: (folder: string) => FreeSpace = measureFreeSpace,
): Findings {
  const { bytes, files } = measure(paths.logs);
  const room = `${Math.floor(bytes / 1e6)} MB are free for ${paths.logs}`;
  const remedy = "make room: a daemon that cannot write its state does not find its tunnels again";
  if (files === 0)
    return blame(`no more files can be made for ${paths.logs}: the file system's inodes are used up`, remedy);
  if (bytes < TOO_LITTLE) return blame(`only ${room}`, remedy);
  return bytes < LITTLE ? warn(`only ${room}`, remedy) : fine(room);
}

/** Measures the nearest folder above that exists. */
function measureFreeSpace(folder: string): FreeSpace {
  try {
    const { bavail, bsize, files, ffree } = statfsSync(folder);
    return { bytes: bavail * bsize, files: files === 0 ? undefined : ffree };
  } catch (error) {
    if (systemCode(error) !== "ENOENT" || dirname(folder) === folder) throw error;
    return measureFreeSpace(dirname(folder));
  }
}
