import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { ForeignMachine } from "./machines.ts";

/**
 * Provides the folder with the loader and the libraries of a machine, to lie over /usr/lib; what is there already stays.
 * @param folder keeps it from run to run.
 * @param python the interpreter whose pip fetches the wheel.
 * @throws Error where apt or pip fail, with what they say.
 */
export function provideLibraries(machine: ForeignMachine, folder: string, python: string): string {
  if (existsSync(folder)) return folder;
  const work = mkdtempSync(join(tmpdir(), "wpdaemon-libraries-"));
  try {
    const libraries = join(work, "libraries");
    mkdirSync(libraries);
    unpackPackages(machine, work, libraries);
    if (machine.wheel !== undefined) unpackWheel(machine.wheel, python, work, libraries);
    mkdirSync(dirname(folder), { recursive: true });
    cpSync(libraries, `${folder}.new`, { recursive: true, verbatimSymlinks: true });
    renameSync(`${folder}.new`, folder);
    return folder;
  } finally {
    rmSync(work, { recursive: true });
  }
}

/** apt with folders of its own: the packages this machine has, and the architectures it takes, stay as they are. */
function unpackPackages(machine: ForeignMachine, work: string, libraries: string): void {
  for (const name of ["state/lists/partial", "cache/archives/partial", "packages", "root"]) {
    mkdirSync(join(work, name), { recursive: true });
  }
  writeFileSync(join(work, "sources.list"), machine.suite === undefined ? "" : listSource(machine.suite));
  const options = [
    `Dir::State=${work}/state`,
    "Dir::State::status=/dev/null",
    `Dir::Cache=${work}/cache`,
    "APT::Sandbox::User=root",
    ...(machine.suite === undefined
      ? []
      : [`Dir::Etc::sourcelist=${work}/sources.list`, "Dir::Etc::sourceparts=/dev/null"]),
    `APT::Architecture=${machine.architecture}`,
    "APT::Architectures::=",
    `APT::Architectures::=${machine.architecture}`,
  ].flatMap((option) => ["-o", option]);
  call(["apt-get", ...options, "update", "-qq"], work);
  call(["apt-get", ...options, "download", "-qq", ...machine.packages], join(work, "packages"));
  for (const name of readdirSync(join(work, "packages"))) {
    call(["dpkg-deb", "-x", join("packages", name), "root"], work);
  }
  for (const folder of ["root/lib", "root/usr/lib"]) {
    if (existsSync(join(work, folder))) {
      cpSync(join(work, folder), libraries, { recursive: true, verbatimSymlinks: true });
    }
  }
}

/** Where this machine gets its own packages from, for another release. */
function listSource(suite: string): string {
  const format = ["--format", "$(REPO_URI) $(ORIGIN) $(COMPONENT)", "Created-By: Packages"];
  const [source] = call(["apt-get", "indextargets", ...format], "/")
    .split("\n")
    .filter((line) => / Debian main$/.test(line));
  if (source === undefined) throw new Error("apt has no source of Debian's packages");
  return `deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] ${source.split(" ")[0]} ${suite} main\n`;
}

/** Takes the C++ library under the name that programs ask for; what that needs in turn it finds beside itself. */
function unpackWheel(
  wheel: NonNullable<ForeignMachine["wheel"]>,
  python: string,
  work: string,
  libraries: string,
): void {
  const options = ["--only-binary=:all:", "--no-deps", "--python-version", "312", "--platform", wheel.platform];
  call(
    [
      python,
      "-m",
      "pip",
      "download",
      "--quiet",
      "--disable-pip-version-check",
      ...options,
      "--dest",
      work,
      wheel.requirement,
    ],
    work,
  );
  const [file] = readdirSync(work).filter((name) => name.endsWith(".whl"));
  if (file === undefined) throw new Error(`pip has brought no wheel of ${wheel.requirement}`);
  call(["unzip", "-q", "-j", file, "*.libs/*", "-d", libraries], work);
  const [library] = readdirSync(libraries).filter((name) => name.startsWith("libstdc++-"));
  if (library === undefined) throw new Error(`${file} has no C++ library`);
  renameSync(join(libraries, library), join(libraries, "libstdc++.so.6"));
}

function call(command: string[], folder: string): string {
  const { exitCode, stdout, stderr } = Bun.spawnSync(command, { cwd: folder });
  if (exitCode === 0) return stdout.toString();
  throw new Error(`${command[0]} ended with ${exitCode}: ${stderr.toString().trim()}`);
}
