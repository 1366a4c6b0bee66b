import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import * as v from "valibot";
import { TARGETS, type Target } from "./targets.ts";

/**
 * Where the runtimes of all targets lie; installs those of `version` from the npm registry unless they are there. npm
 * checks each against the hash that the registry states.
 * @param folder keeps them from release to release.
 * @throws Error where npm fails, or gives another version.
 */
export function provideRuntimes(folder: string, version: string): (target: Target) => string {
  if (!TARGETS.every((target) => versionOf(folder, target) === version)) install(folder, version);
  for (const target of TARGETS) {
    const found = versionOf(folder, target);
    if (found !== version) throw new Error(`the runtime of ${target.label} is ${found ?? "missing"}, not ${version}`);
  }
  return (target) => join(packageFolder(folder, target), "bin", "bun");
}

const PackageJson = v.object({ version: v.string() });

/** `--force` because npm refuses packages for other machines; no script of theirs may run. */
function install(folder: string, version: string): void {
  mkdirSync(folder, { recursive: true });
  const packages = TARGETS.map(({ runtime }) => `@oven/${runtime}@${version}`);
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

function packageFolder(folder: string, { runtime }: Target): string {
  return join(folder, "node_modules", "@oven", runtime);
}
