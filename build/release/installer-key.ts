import { join } from "node:path";

export const INSTALLER = join(import.meta.dir, "install.sh");

/** The one place where the public key of releases stands. */
const LINE = /^release_key='([A-Za-z0-9+/=]*)'$/m;

/** The public key in the text of the installer, as `minisign -P` takes it; undefined where there is none yet. */
export function readReleaseKey(installer: string): string | undefined {
  const key = LINE.exec(installer)?.[1];
  return key === "" ? undefined : key;
}

/** The text of the installer with another public key. @throws Error where it has no place for one. */
export function setReleaseKey(installer: string, key: string): string {
  if (!LINE.test(installer)) throw new Error("the installer has no line release_key=''");
  return installer.replace(LINE, `release_key='${key}'`);
}
