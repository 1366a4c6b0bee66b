import { chmodSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { listChecksums } from "../../build/release/checksums.ts";
import { packArchive } from "../../build/release/pack-archive.ts";

const ROOT = join(import.meta.dir, "../..");

/** The installer as a release has it, for version 9.9.9. */
export const INSTALLER = readFileSync(join(ROOT, "build/release/install.sh"), "utf8").replaceAll("@VERSION@", "9.9.9");

/** The version that `program` of every archive says it is. */
export const SAYS = "WpDaemon version 9.9.9 (test)";

/** A release with one archive for the machine named, whose program is a script. */
export function makeRelease(folder: string, label: string, program = `#!/bin/sh\necho "${SAYS}"\n`): void {
  mkdirSync(folder, { recursive: true });
  const name = `wpdaemon-9.9.9-${label}`;
  writeFileSync(
    join(folder, `${name}.tar.gz`),
    packArchive(name, new TextEncoder().encode(program), ROOT, 1_700_000_000),
  );
  writeFileSync(join(folder, "install.sh"), INSTALLER, { mode: 0o755 });
  writeFileSync(join(folder, "SHA256SUMS"), listChecksums(folder));
}

/** Programs of these names, in front of the machine's own, which have it seem another machine. */
export function makeCommands(folder: string, scripts: Readonly<Record<string, string>>): string {
  mkdirSync(folder, { recursive: true });
  for (const [name, body] of Object.entries(scripts)) {
    writeFileSync(join(folder, name), `#!/bin/sh\n${body}\n`);
    chmodSync(join(folder, name), 0o755);
  }
  return folder;
}
