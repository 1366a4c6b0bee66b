import { basename, join } from "node:path";
import { listFolder, makePrivateFolder, removeIfPossible, replaceFile } from "../../platform/files/files.ts";

/** Writes the config that one process is to read; it holds a private key and is removed once that has read it. */
export function writeDerivedConfig(folder: string, config: string, text: string): string {
  makePrivateFolder(folder);
  const path = join(folder, `${crypto.randomUUID().slice(0, 8)}-${basename(config)}`);
  replaceFile(path, text, "kill");
  return path;
}

/** Removes what a daemon that was killed has left, or could not remove, except for what processes may still have to read. */
export function sweepDerivedConfigs(folder: string, inUse: readonly string[]): void {
  for (const path of listFolder(folder)) if (!inUse.includes(path)) removeIfPossible(path);
}
