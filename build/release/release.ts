// `make release`: executables for every target, packed with what belongs beside them, with checksums, a bill of materials
// and an installer. The same sources give the same bytes, wherever and whenever it runs.

import { mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join, resolve } from "node:path";
import packageJson from "../../package.json" with { type: "json" };
import { compileOptions } from "../compile-options.ts";
import { checkExecutable } from "./check-executable.ts";
import { listChecksums } from "./checksums.ts";
import { packArchive } from "./pack-archive.ts";
import { demandPinned, provideRuntimes } from "./runtimes.ts";
import { sbom } from "./sbom.ts";
import { signMachO } from "./sign-mach-o.ts";
import { TARGETS, type Target } from "./targets.ts";

const ROOT = resolve(import.meta.dir, "../..");
const { version } = packageJson;
const bun = packageJson.packageManager.replace("bun@", "");
// Bytecode is for the one version that wrote it.
if (Bun.version !== bun) throw new Error(`a release is built with Bun ${bun}, not ${Bun.version}`);
demandPinned(process.execPath);

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
console.log(`${folder}, in ${((performance.now() - began) / 1000).toFixed(0)} s; not signed yet: make sign`);

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

/**
 * The date of a release, in seconds since 1970: as the environment states it, else the last commit's, else a constant.
 * It stands in for the clock, which would make every build another one.
 * @param stated `SOURCE_DATE_EPOCH`, as reproducible-builds.org describes it.
 * @throws Error where what is stated is no number.
 */
function findSourceDate(root: string, stated: string | undefined): number {
  if (stated !== undefined) return parseSeconds(stated);
  const git = Bun.spawnSync(["git", "log", "-1", "--format=%ct"], { cwd: root, stderr: "ignore" });
  // 1980-01-01 is the earliest that every archive format can hold.
  return git.success ? parseSeconds(git.stdout.toString().trim()) : 315_532_800;
}

function parseSeconds(text: string): number {
  if (/^\d{1,11}$/.test(text)) return Number(text);
  throw new Error(`SOURCE_DATE_EPOCH is ${JSON.stringify(text)}, not a number of seconds`);
}

/**
 * Compiles the program for another machine, signs it where the compiler fails to, and checks the outcome.
 * @param runtime that machine's Bun.
 * @param outfile an absolute path.
 * @returns the executable's bytes.
 * @throws Error where it cannot be compiled or is not what it should be.
 */
async function buildExecutable(target: Target, runtime: string, outfile: string): Promise<Uint8Array> {
  const built = await Bun.build(compileOptions(outfile, { target: target.compile, executablePath: runtime }));
  if (!built.success) throw new AggregateError(built.logs, `${target.label} could not be compiled`);
  let bytes: Uint8Array = new Uint8Array(readFileSync(outfile));
  if (target.format.kind === "Mach-O" && target.format.needsSignature) {
    bytes = signMachO(bytes, "wpdaemon");
    writeFileSync(outfile, bytes);
  }
  try {
    checkExecutable(bytes, target.format);
  } catch (error) {
    throw new Error(`the executable for ${target.label} is wrong`, { cause: error });
  }
  return bytes;
}
