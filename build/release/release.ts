// `make release`: executables for every target, packed with what belongs beside them, with checksums, a bill of materials
// and an installer. The same sources give the same bytes, wherever and whenever it runs.

import { mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join, resolve } from "node:path";
import packageJson from "../../package.json" with { type: "json" };
import { buildExecutable } from "./build-executable.ts";
import { listChecksums } from "./checksums.ts";
import { packArchive } from "./pack-archive.ts";
import { provideRuntimes } from "./runtimes.ts";
import { sbom } from "./sbom.ts";
import { findSourceDate } from "./source-date.ts";
import { TARGETS } from "./targets.ts";

const ROOT = resolve(import.meta.dir, "../..");
const { version } = packageJson;
const bun = packageJson.packageManager.replace("bun@", "");
// Bytecode is for the one version that wrote it.
if (Bun.version !== bun) throw new Error(`a release is built with Bun ${bun}, not ${Bun.version}`);

const folder = resolve(process.argv[2] ?? join(ROOT, "dist/release"));
process.chdir(ROOT);
const began = performance.now();
const seconds = findSourceDate(ROOT, process.env["SOURCE_DATE_EPOCH"]);
const runtimeOf = provideRuntimes(join(ROOT, ".tools/runtimes"), bun);
const work = mkdtempSync(join(tmpdir(), "wpdaemon-release-"));
// Complete or not at all: the last release stays until the new one is whole.
const fresh = join(dirname(folder), `.${basename(folder)}.new`);
rmSync(fresh, { recursive: true, force: true });
mkdirSync(fresh, { recursive: true });
try {
  for (const target of TARGETS) {
    const path = join(work, target.label);
    const executable = await buildExecutable(target, runtimeOf(target), path);
    const ran = target.label === `${process.platform}-${process.arch}` ? `, ${runVersion(path)}` : "";
    const archive = join(fresh, `wpdaemon-${version}-${target.label}.tar.gz`);
    writeFileSync(archive, packArchive(basename(archive, ".tar.gz"), executable, ROOT, seconds));
    rmSync(path);
    console.log(
      `${target.label}: ${inMegabytes(executable.length)}, packed ${inMegabytes(statSync(archive).size)}${ran}`,
    );
  }
  writeFileSync(join(fresh, `wpdaemon-${version}.cdx.json`), sbom());
  writeFileSync(join(fresh, "install.sh"), readFileSync(join(import.meta.dir, "install.sh")), { mode: 0o755 });
  writeFileSync(join(fresh, "SHA256SUMS"), listChecksums(fresh));
  rmSync(folder, { recursive: true, force: true });
  renameSync(fresh, folder);
} finally {
  rmSync(work, { recursive: true, force: true });
  rmSync(fresh, { recursive: true, force: true });
}
console.log(`${folder}, in ${((performance.now() - began) / 1000).toFixed(0)} s`);

/** The one executable that this machine can run must. */
function runVersion(path: string): string {
  const run = Bun.spawnSync([path, "--version"], { cwd: work });
  const said = run.stdout.toString().trim();
  if (run.success && said.includes(version)) return `says "${said}"`;
  throw new Error(`the executable for this machine does not run: ${said}${run.stderr.toString()}`);
}

function inMegabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}
