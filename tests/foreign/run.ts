// `make test-arm64` and `make test-musl`: the program for another kind of machine, run on this one. With `--short` as much of it as
// every change can wait for.

import { mkdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { compileOptions } from "../../build/compile-options.ts";
import { watchForLeftovers } from "../../build/left-behind.ts";
import { provideRuntimes } from "../../build/release/runtimes.ts";
import { TARGETS } from "../../build/release/targets.ts";
import { provideLibraries } from "./libraries.ts";
import { type Emulator, MACHINES } from "./machines.ts";

const ROOT = resolve(import.meta.dir, "../..");
/** What an end-to-end test shows of a machine: starts, ends, adoption, hand-over, what is carried, what is told. */
const END_TO_END = [
  "line-protocol",
  "start-and-stop",
  "adoption",
  "kill-nine",
  "hand-over",
  "linksocks-tunnel",
  "event-stream/events",
  "event-stream/shutdown",
];
/** Of those the tests that `--short` is content with, by their titles; it also runs all of `line-protocol`. */
const SHORT = [
  "after kill -9, status tells it, and start works",
  "SIGTERM to the daemon ends the child, writes the footer, exits with 0",
  "after kill -9 the next daemon adopts the child, whose connections never broke",
  "no door refuses anybody, and of a tunnel that simply goes on nothing is told",
  "spins it up, sees it, uses it and spins it down, as every other tunnel",
  "a provider lets others out, but not to this machine unless its config says where",
];
/** An emulated processor is some ten times slower, and this machine may have other work. */
const TEST_MS = 600_000;

const machine = MACHINES.find(({ label }) => label === process.argv[2]);
const target = TARGETS.find(({ label }) => label === machine?.label);
if (machine === undefined || target === undefined) {
  console.error(`name one of: ${MACHINES.map(({ label }) => label).join(", ")}`);
  process.exit(2);
}
process.chdir(ROOT);
const isShort = process.argv.includes("--short");
const obstacle = machine.emulator && findObstacle();
if (obstacle !== undefined) leaveOut(obstacle);
const folder = join(ROOT, "dist", machine.label);
const libraries = provideLibraries(
  machine,
  join(ROOT, ".tools/libraries", machine.label),
  join(ROOT, ".tools/python/bin/python"),
);
const entry = machine.emulator === undefined ? "" : nameEmulator(machine.emulator);
const enter = [join(import.meta.dir, "enter.sh"), libraries, entry];

const allowed = Bun.spawnSync([...enter, "true"]);
if (!allowed.success) leaveOut(allowed.stderr.toString().trim());

const runtime = provideRuntimes(join(ROOT, ".tools/runtimes"), Bun.version, [target])(target);
const program = await compileProgram(target.compile);
compilePeers();
const watch = watchForLeftovers();
const environment = { ...process.env, ...watch.environment, TEST_PROGRAM: program, TEST_PEERS: folder };
const options = ["test", "--parallel", "--timeout", String(TEST_MS)];
const files = END_TO_END.map((name) => `tests/e2e/${name}.test.ts`);
const failures = [
  ...(isShort
    ? [
        await run([process.execPath, ...options, "tests/e2e/line-protocol.test.ts"]),
        await run([process.execPath, ...options, "-t", selectShort(files), ...files]),
      ]
    : [await run([process.execPath, ...options, ...files])]),
  // What talks to the kernel by numbers and structures, in the machine's own runtime.
  await run([runtime, ...options, "tests/platform"]),
].filter((code) => code !== 0).length;
const left = watch.whatIsLeft();
for (const line of left) console.log(`left behind: ${line}`);
process.exit(failures + left.length > 0 ? 1 : 0);

/** Why programs for another processor cannot be started by their names here. The kernel lets others than root do so since 6.7. */
function findObstacle(): string | undefined {
  const command = ["unshare", "--user", "--map-root-user", "--mount", "mount", "-t", "binfmt_misc", "none", "/mnt"];
  const { success, stderr } = Bun.spawnSync(command);
  return success ? undefined : stderr.toString().trim();
}

function leaveOut(why: string): never {
  console.log(`${machine?.label} was not tried, since this machine cannot play it: ${why.replaceAll("\n", "; ")}`);
  process.exit(0);
}

/** @throws Error for a title that no test has any more. */
function selectShort(paths: readonly string[]): string {
  const texts = paths.map((path) => readFileSync(path, "utf8"));
  const gone = SHORT.find((title) => !texts.some((text) => text.includes(title)));
  if (gone !== undefined) throw new Error(`no end-to-end test is called: ${gone}`);
  return SHORT.map((title) => RegExp.escape(title)).join("|");
}

async function run(command: string[]): Promise<number> {
  return await Bun.spawn([...enter, ...command], { env: environment, stdio: ["ignore", "inherit", "inherit"] }).exited;
}

async function compileProgram(compile: Bun.Build.CompileTarget): Promise<string> {
  mkdirSync(folder, { recursive: true });
  const outfile = join(folder, "wpdaemon");
  const built = await Bun.build(compileOptions(outfile, { target: compile, executablePath: runtime }));
  if (!built.success) throw new AggregateError(built.logs, "the program does not compile");
  return outfile;
}

function compilePeers(): void {
  const { exitCode, stderr } = Bun.spawnSync(["go", "build", "-trimpath", "-o", join(folder, "peers"), "."], {
    cwd: join(ROOT, "tests/peers"),
    env: { ...process.env, CGO_ENABLED: "0", GOARCH: machine?.architecture },
  });
  if (exitCode !== 0) throw new Error(`the peers do not compile: ${stderr}`);
  Bun.spawnSync(["cp", "-f", join(folder, "peers"), join(folder, "wireproxy")]);
}

/** A line for the kernel's binfmt_misc. F: it opens the emulator now, whatever folder a program is started in. */
function nameEmulator({ program, package: name, magic, mask }: Emulator): string {
  const stdio = ["ignore", "inherit", "inherit"] as const;
  Bun.spawnSync([join(ROOT, "build/install-test-programs.sh"), `${program} ${name}`], { stdio: [...stdio] });
  const path = Bun.which(program);
  if (path === null) throw new Error(`${program} is missing`);
  return `:wpdaemon-tests:M::${inHex(magic)}:${inHex(mask)}:${path}:F`;
}

function inHex(bytes: string): string {
  return bytes.replace(/../g, "\\x$&");
}
