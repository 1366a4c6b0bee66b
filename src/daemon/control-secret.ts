import { join } from "node:path";
import { readTextIfThere, replaceFile } from "../platform/files/files.ts";
import type { Paths } from "../platform/files/paths.ts";

/** Bytes of the secret that signs requests over TCP. */
const LENGTH = 32;

/** The installation's secret, made once; its file is the owner's alone. @throws the system's error. */
export function loadControlSecret(paths: Paths): Uint8Array {
  const file = join(paths.own, "secret");
  const known = Buffer.from(readTextIfThere(file)?.trim() ?? "", "base64");
  if (known.length === LENGTH) return known;
  const made = crypto.getRandomValues(new Uint8Array(LENGTH));
  replaceFile(file, `${Buffer.from(made).toString("base64")}\n`);
  return made;
}
