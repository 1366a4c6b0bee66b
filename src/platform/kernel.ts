import { readTextIfThere } from "./files/files.ts";

/** The running kernel's release on Linux, `6.18.44-…`; undefined elsewhere. */
export function linuxRelease(): string | undefined {
  return process.platform === "linux" ? readTextIfThere("/proc/sys/kernel/osrelease")?.trim() : undefined;
}
