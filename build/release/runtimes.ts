import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import * as v from "valibot";
import pinned from "./runtime-hashes.json" with { type: "json" };
import { TARGETS, type Target } from "./targets.ts";

/**
 * Where the runtimes of targets lie; installs those of `version` from the npm registry unless they are there. Each is
 * the one that is pinned here, whatever the registry says.
 * @param folder keeps them from release to release.
 * @param targets those that are needed.
 * @throws Error where npm fails, or gives another version or another program.
 */
export function provideRuntimes(
  folder: string,
  version: string,
  targets: readonly Target[] = TARGETS,
): (target: Target) => string {
  if (!targets.every((target) => versionOf(folder, target) === version)) install(folder, version, targets);
  for (const target of targets) {
    const found = versionOf(folder, target);
    if (found !== version) throw new Error(`the runtime of ${target.label} is ${found ?? "missing"}, not ${version}`);
    demandPinned(programOf(folder, target), [pinnedHash(target)], version);
  }
  return (target) => programOf(folder, target);
}

/** The SHA-256 of a target's runtime. @throws Error where none is pinned. */
export function pinnedHash({ runtime }: Target): string {
  const hash = new Map(Object.entries(pinned.sha256)).get(runtime);
  if (hash === undefined) throw new Error(`no hash is pinned for ${runtime}`);
  return hash;
}

/**
 * Refuses a Bun that is not pinned: one builds the release, and one is the greater part of each executable.
 * @param hashes the SHA-256 of those that are allowed; all that are pinned, unless given.
 * @throws Error with what it is, and what it should be.
 */
export function demandPinned(
  path: string,
  hashes: readonly string[] = TARGETS.map(pinnedHash),
  version = Bun.version,
): void {
  if (pinned.version !== version) {
    throw new Error(`runtime-hashes.json has the hashes of Bun ${pinned.version}, not of ${version}`);
  }
  const found = new Bun.CryptoHasher("sha256").update(readFileSync(path)).digest("hex");
  if (!hashes.includes(found)) {
    throw new Error(`${path} is not what is pinned: its SHA-256 is ${found}, and should be ${hashes.join(" or ")}`);
  }
}

const PackageJson = v.object({ version: v.string() });

/** `--force` because npm refuses packages for other machines; no script of theirs may run. */
function install(folder: string, version: string, targets: readonly Target[]): void {
  mkdirSync(folder, { recursive: true });
  const packages = targets.map(({ runtime }) => `@oven/${runtime}@${version}`);
  const options = ["--force", "--ignore-scripts", "--no-audit", "--no-fund", "--save-exact", "--silent"];
  const npm = Bun.spawnSync(["npm", "install", ...options, "--prefix", folder, ...packages], {
    stdout: "inherit",
    stderr: "inherit",
  });
  if (!npm.success) throw new Error(`npm could not install the runtimes: exit code ${npm.exitCode}`);
}

function versionOf(folder: string, target: Target): string | undefined {
  const file = join(packageFolder(folder, target), "package.json");
  if (!existsSync(file)) return undefined;
  return v.parse(PackageJson, JSON.parse(readFileSync(file, "utf8"))).version;
}

function programOf(folder: string, target: Target): string {
  return join(packageFolder(folder, target), "bin", "bun");
}

function packageFolder(folder: string, { runtime }: Target): string {
  return join(folder, "node_modules", "@oven", runtime);
}
