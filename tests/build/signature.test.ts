import { describe, expect, test } from "bun:test";
import { copyFileSync, existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { INSTALLER, readReleaseKey, setReleaseKey } from "../../build/release/installer-key.ts";
import { isSignedBy, makeKeyPair, readPublicKey, readSecretKey, signContent } from "../../build/release/minisign.ts";
import { modeOf } from "../rig/mode-of.ts";
import { lacksProgram } from "../rig/needs-program.ts";
import { temporaryFolder } from "../rig/temporary-folder.ts";
import { makeFakeRelease } from "./fake-release.ts";

const CONTENT = Buffer.from("some content\n");
/** A password that costs little to try. */
const EFFORT = { operations: 2 ** 20, memory: 2 ** 25 };

test("a signature holds for its content, its comment and its key alone", () => {
  const [pair, other] = [makeKeyPair(""), makeKeyPair("")];
  const key = readPublicKey(pair.public);
  const signature = signContent(CONTENT, "wpdaemon 1.2.3", readSecretKey(pair.secret, ""));
  expect(isSignedBy(key, CONTENT, signature)).toBe(true);
  expect(isSignedBy(key, Buffer.from("other content\n"), signature)).toBe(false);
  expect(isSignedBy(key, CONTENT, signature.replace("1.2.3", "1.2.4"))).toBe(false);
  expect(isSignedBy(readPublicKey(other.public), CONTENT, signature)).toBe(false);
  expect(isSignedBy(key, CONTENT, "")).toBe(false);
});

test("a secret key with a password opens with that password alone", () => {
  const { secret } = makeKeyPair("right", EFFORT);
  expect(() => readSecretKey(secret, "wrong")).toThrow("the password is wrong");
  expect(readSecretKey(secret, "right").number).toHaveLength(8);
  expect(() => readSecretKey("untrusted comment: x\nAAAA\n", "")).toThrow("no secret key");
  expect(() => readPublicKey("AAAA")).toThrow("no public key");
});

describe.skipIf(lacksProgram("minisign"))("with minisign itself", () => {
  test.each(["", "secret"])("minisign verifies what we sign, and we what minisign signs, password %j", (password) => {
    using folder = temporaryFolder();
    const [file, keyFile] = [join(folder.path, "file"), join(folder.path, "our.key")];
    const pair = makeKeyPair(password, EFFORT);
    writeFileSync(file, CONTENT);
    writeFileSync(keyFile, pair.secret);
    writeFileSync(`${file}.minisig`, signContent(CONTENT, "ours", readSecretKey(pair.secret, password)));
    const verified = Bun.spawnSync(["minisign", "-V", "-P", pair.public, "-m", file]);
    expect([verified.exitCode, `${verified.stdout}`]).toEqual([0, expect.stringContaining("Trusted comment: ours")]);

    const signed = Bun.spawnSync(["minisign", "-S", "-s", keyFile, "-m", file, "-x", join(folder.path, "theirs")], {
      stdin: Buffer.from(`${password}\n`),
    });
    expect(signed.exitCode).toBe(0);
    expect(isSignedBy(readPublicKey(pair.public), CONTENT, readFileSync(join(folder.path, "theirs"), "utf8"))).toBe(
      true,
    );
  });

  test("a key that minisign made signs for us", () => {
    using folder = temporaryFolder();
    const [secret, open] = [join(folder.path, "a.key"), join(folder.path, "a.pub")];
    expect(Bun.spawnSync(["minisign", "-G", "-W", "-p", open, "-s", secret]).exitCode).toBe(0);
    const signature = signContent(CONTENT, "ours", readSecretKey(readFileSync(secret, "utf8"), ""));
    expect(isSignedBy(readPublicKey(readFileSync(open, "utf8").split("\n")[1] ?? ""), CONTENT, signature)).toBe(true);
  });
});

// Each of the programs that a machine may check with, alone.
describe.each([
  ["minisign", "openssl"],
  ["openssl", "minisign"],
])("a machine with %s", (program, other) => {
  describe.skipIf(lacksProgram(program))(`a machine with ${program} and without ${other}`, () => {
    test(`with ${program}, what the owner has signed is installed`, async () => {
      using place = makeFakeRelease({ lacks: [other] });
      const { exitCode, stderr } = await place.install(["--from", place.release, "--prefix", place.prefix]);
      expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
    });

    test.each([
      [
        "other checksums than were signed",
        (folder: string) => writeFileSync(join(folder, "SHA256SUMS"), "\n", { flag: "a" }),
      ],
      ["another comment than was signed", (folder: string) => edit(folder, (text) => text.replace("9.9.9", "9.9.8"))],
      ["a signature of another key", (folder: string) => sign(folder, makeKeyPair("").secret)],
      ["a signature that is cut off", (folder: string) => edit(folder, (text) => text.slice(0, 90))],
      ["an empty signature", (folder: string) => edit(folder, () => "")],
    ])(`with ${program}, nothing is installed from a release with %s`, async (_, spoil) => {
      using place = makeFakeRelease({ lacks: [other] });
      spoil(place.release);
      const { exitCode, stderr } = await place.install(["--from", place.release, "--prefix", place.prefix]);
      expect([exitCode, stderr]).toEqual([1, expect.stringContaining("is not signed by the release's owner")]);
      expect(place.installed()).toEqual([]);
    });

    test(`with ${program}, the key may come from elsewhere than the installer`, async () => {
      using place = makeFakeRelease({ lacks: [other] });
      const words = ["--from", place.release, "--prefix", place.prefix, "--key"];
      expect((await place.install([...words, makeKeyPair("").public])).exitCode).toBe(1);
      expect((await place.install([...words, place.publicKey], { script: INSTALLER })).exitCode).toBe(0);
    });
  });
});

test("a release without a signature is installed with --unsigned alone", async () => {
  using place = makeFakeRelease();
  rmSync(join(place.release, "SHA256SUMS.minisig"));
  const words = ["--from", place.release, "--prefix", place.prefix];
  const refused = await place.install(words);
  expect([refused.exitCode, refused.stderr]).toEqual([1, expect.stringContaining("installed with --unsigned alone")]);
  expect(place.installed()).toEqual([]);
  expect((await place.install([...words, "--unsigned"])).exitCode).toBe(0);
});

test("an installer that has no key installs nothing, unless told a key or --unsigned", async () => {
  using place = makeFakeRelease();
  const script = join(place.prefix, "..", "without-key.sh");
  writeFileSync(script, setReleaseKey(readFileSync(INSTALLER, "utf8"), ""));
  const { exitCode, stderr } = await place.install(["--from", place.release, "--prefix", place.prefix], { script });
  expect([exitCode, stderr]).toEqual([1, expect.stringContaining("no key to check one with")]);
  expect(stderr).toContain("--unsigned");
  expect(place.installed()).toEqual([]);
});

test.each([undefined, "LibreSSL 3.3.6", "OpenSSL 1.1.1w  11 Sep 2023"])(
  "a machine that can check no signature installs nothing: openssl is %s",
  async (version) => {
    using place = makeFakeRelease({ lacks: ["minisign", "openssl"] });
    if (version !== undefined) place.addCommand("openssl", `echo '${version}'`);
    const { exitCode, stderr } = await place.install(["--from", place.release, "--prefix", place.prefix]);
    expect([exitCode, stderr]).toEqual([1, expect.stringContaining("neither minisign nor OpenSSL 3")]);
    expect(place.installed()).toEqual([]);
  },
);

test("the owner makes a key once, outside of the repository, and signs a release that the installer then takes", async () => {
  using place = makeFakeRelease();
  const [installer, file] = [join(place.prefix, "..", "installer.sh"), join(place.prefix, "..", "secret.key")];
  copyFileSync(INSTALLER, installer);
  writeFileSync(installer, setReleaseKey(readFileSync(installer, "utf8"), ""));
  rmSync(join(place.release, "SHA256SUMS.minisig"));

  const early = run("sign.ts", [place.release, installer], { WPDAEMON_RELEASE_KEY: place.secretKey });
  expect([early.code, early.fault]).toEqual([1, expect.stringContaining("make release-key")]);
  const inside = run("make-key.ts", [join(import.meta.dir, "secret.key"), installer], {});
  expect([inside.code, inside.fault]).toEqual([1, expect.stringContaining("lies in the repository")]);
  expect(existsSync(join(import.meta.dir, "secret.key"))).toBe(false);
  expect(run("make-key.ts", [file, installer], {}).code).toBe(0);
  expect(modeOf(file)).toBe(0o600);
  expect(readReleaseKey(readFileSync(installer, "utf8"))).toMatch(/^RW/);
  expect(run("make-key.ts", [`${file}.2`, installer], {}).fault).toContain("has a key already");

  expect(run("sign.ts", [place.release, installer], {}).fault).toContain("WPDAEMON_RELEASE_KEY is not set");
  const strange = run("sign.ts", [place.release, installer], { WPDAEMON_RELEASE_KEY: place.secretKey });
  expect([strange.code, strange.fault]).toEqual([1, expect.stringContaining("another key")]);
  expect(existsSync(join(place.release, "SHA256SUMS.minisig"))).toBe(false);
  expect(run("sign.ts", [place.release, installer], { WPDAEMON_RELEASE_KEY: readFileSync(file, "utf8") }).code).toBe(0);
  const words = ["--from", place.release, "--prefix", place.prefix];
  expect((await place.install(words, { script: installer })).exitCode).toBe(0);
});

function run(script: string, words: readonly string[], environment: Readonly<Record<string, string>>) {
  const path = join(import.meta.dir, "../../build/release", script);
  const ended = Bun.spawnSync([process.execPath, path, ...words], {
    env: { PATH: process.env["PATH"], WPDAEMON_RELEASE_PASSWORD: "", ...environment },
    stderr: "pipe",
  });
  return { code: ended.exitCode, fault: `${ended.stderr}` };
}

function sign(folder: string, secret: string): void {
  const content = readFileSync(join(folder, "SHA256SUMS"));
  writeFileSync(join(folder, "SHA256SUMS.minisig"), signContent(content, "x", readSecretKey(secret, "")));
}

function edit(folder: string, change: (text: string) => string): void {
  const file = join(folder, "SHA256SUMS.minisig");
  writeFileSync(file, change(readFileSync(file, "utf8")));
}
