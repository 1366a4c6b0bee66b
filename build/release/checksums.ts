import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** The SHA-256 of every file in a folder, as `sha256sum --check` reads it, sorted by name. */
export function listChecksums(folder: string): string {
  return readdirSync(folder)
    .sort()
    .map((name) => `${sha256(readFileSync(join(folder, name)))}  ${name}\n`)
    .join("");
}

function sha256(content: Uint8Array): string {
  return new Bun.CryptoHasher("sha256").update(content).digest("hex");
}
