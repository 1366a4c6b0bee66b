import { mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { INSTALLER, setReleaseKey } from "../../build/release/installer-key.ts";
import { makeKeyPair, readSecretKey, signContent } from "../../build/release/minisign.ts";
import { temporaryFolder } from "../rig/temporary-folder.ts";

/** All that the installer may need of a machine, beside what it asks about it. */
const PROGRAMS =
  "awk cat chmod cp curl dirname gzip head minisign mkdir mktemp mv od openssl rm sed sh sha256sum shasum tail tar wc wget".split(
    " ",
  );

export interface FakeMachine {
  /** As in the name of the archive. */
  readonly label?: string;
  /** What `uname` says of system and processor. */
  readonly uname?: readonly [system: string, processor: string];
  /** What `ldd --version` says. */
  readonly ldd?: string;
  /** Text of the program in the archive. */
  readonly program?: string;
  /** Programs that the machine lacks. */
  readonly lacks?: readonly string[];
}

/** A signed release with one archive, an installer that has the key, a machine to install it on, and an empty folder to install it into. */
export function makeFakeRelease(machine: FakeMachine = {}) {
  const { label = "linux-x64", uname = ["Linux", "x86_64"], ldd = "ldd (GNU libc) 2.36", lacks = [] } = machine;
  const folder = temporaryFolder();
  const release = join(folder.path, "release");
  const prefix = join(folder.path, "prefix");
  const commands = join(folder.path, "commands");
  const temporary = join(folder.path, "temporary");
  for (const path of [release, prefix, commands, temporary]) mkdirSync(path);
  const keys = makeKeyPair("");
  const installer = join(folder.path, "install.sh");
  writeFileSync(installer, setReleaseKey(readFileSync(INSTALLER, "utf8"), keys.public));

  const name = `wpdaemon-9.9.9-${label}`;
  const archive = join(release, `${name}.tar.gz`);
  pack(release, name, machine.program ?? "#!/bin/sh\necho WpDaemon version 9.9.9\n");
  const checksums = join(release, "SHA256SUMS");
  list(`${sha256(archive)}  ${name}.tar.gz\n${"0".repeat(64)}  other.txt\n`);
  for (const program of PROGRAMS) {
    const path = Bun.which(program);
    if (path !== null && !lacks.includes(program)) symlinkSync(path, join(commands, program));
  }
  addCommand("uname", `if [ "$1" = -s ]; then echo ${uname[0]}; else echo ${uname[1]}; fi`);
  addCommand("ldd", `echo "${ldd}"`);
  addCommand("sysctl", "exit 1");

  return {
    release,
    prefix,
    archive,
    installer,
    publicKey: keys.public,
    secretKey: keys.secret,
    list,
    addCommand,
    /** Runs the installer, or a copy of it. What it does not clean up makes this throw. */
    async install(words: readonly string[], { script = installer, path = "", environment = {} } = {}) {
      const run = Bun.spawn(["sh", script, ...words], {
        env: { HOME: prefix, TMPDIR: temporary, PATH: `${commands}:${path}`, ...environment },
        stdout: "pipe",
        stderr: "pipe",
      });
      const [stdout, stderr, exitCode] = await Promise.all([run.stdout.text(), run.stderr.text(), run.exited]);
      if (readdirSync(temporary).length > 0) throw new Error("the temporary folder was not cleaned");
      return { exitCode, stdout, stderr };
    },
    /** Every file below the prefix. */
    installed: () =>
      readdirSync(prefix, { recursive: true, withFileTypes: true })
        .filter((entry) => !entry.isDirectory())
        .map((entry) => join(entry.parentPath, entry.name).slice(prefix.length + 1))
        .sort(),
    [Symbol.dispose]: () => folder[Symbol.dispose](),
  };

  /** Writes other checksums, and signs them. */
  function list(text: string): void {
    writeFileSync(checksums, text);
    const signature = signContent(Buffer.from(text), "wpdaemon 9.9.9", readSecretKey(keys.secret, ""));
    writeFileSync(`${checksums}.minisig`, signature);
  }

  function addCommand(command: string, body: string): void {
    writeFileSync(join(commands, command), `#!/bin/sh\n${body}\n`, { mode: 0o755 });
  }
}

export function sha256(path: string): string {
  return new Bun.CryptoHasher("sha256").update(readFileSync(path)).digest("hex");
}

function pack(release: string, name: string, program: string): void {
  const root = join(release, name);
  for (const part of ["man", "completions"]) mkdirSync(join(root, part), { recursive: true });
  writeFileSync(join(root, "wpdaemon"), program, { mode: 0o755 });
  const others = ["man/wpdaemon.1", "completions/wpdaemon.bash", "completions/_wpdaemon", "completions/wpdaemon.fish"];
  for (const file of others) writeFileSync(join(root, file), file);
  const { success } = Bun.spawnSync(["tar", "-czf", `${name}.tar.gz`, name], { cwd: release });
  if (!success) throw new Error("tar failed");
  rmSync(root, { recursive: true });
}
