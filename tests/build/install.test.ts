import { describe, expect, test } from "bun:test";
import { appendFileSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { INSTALLER } from "../../build/release/installer-key.ts";
import { modeOf } from "../rig/mode-of.ts";
import { lacksProgram } from "../rig/needs-program.ts";
import { createCertificate, type TestCertificate } from "../rig/test-certificate.ts";
import { makeFakeRelease, sha256 } from "./fake-release.ts";

const FILES = [
  "bin/wpdaemon",
  "share/bash-completion/completions/wpdaemon",
  "share/fish/vendor_completions.d/wpdaemon.fish",
  "share/man/man1/wpdaemon.1",
  "share/zsh/site-functions/_wpdaemon",
];

test("a release in a folder is installed whole, and it says so", async () => {
  using place = makeFakeRelease();
  const { exitCode, stdout, stderr } = await place.install(["--from", place.release, "--prefix", place.prefix]);
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
  expect(place.installed()).toEqual(FILES);
  expect(modeOf(join(place.prefix, "bin/wpdaemon"))).toBe(0o755);
  expect(modeOf(join(place.prefix, "share/man/man1/wpdaemon.1"))).toBe(0o644);
  for (const file of FILES) expect(stdout).toContain(join(place.prefix, file));
  expect(stdout).toContain("installed WpDaemon version 9.9.9:");
  expect(stdout).toContain(`${place.prefix}/bin is not on your PATH`);
});

test("the installer says so where its folder is on PATH already", async () => {
  using place = makeFakeRelease();
  const { stdout } = await place.install(["--from", place.release, "--prefix", place.prefix], {
    path: `${place.prefix}/bin`,
  });
  expect(stdout).toContain(`${place.prefix}/bin is on your PATH`);
});

test("without --from it takes the release that it lies in, and without --prefix ~/.local", async () => {
  using place = makeFakeRelease();
  const script = join(place.release, "install.sh");
  writeFileSync(script, readFileSync(place.installer));
  const { exitCode } = await place.install([], { script });
  expect(exitCode).toBe(0);
  expect(place.installed()).toEqual(FILES.map((file) => `.local/${file}`));
});

test("without --from it demands one where there is no release beside it", async () => {
  using place = makeFakeRelease();
  const { exitCode, stderr } = await place.install(["--prefix", place.prefix]);
  expect(exitCode).toBe(1);
  expect(stderr).toContain("no default address");
  expect(stderr).toContain("--from FOLDER_OR_URL");
});

test("an older program is replaced by a new file", async () => {
  using place = makeFakeRelease();
  mkdirSync(join(place.prefix, "bin"), { recursive: true });
  const program = join(place.prefix, "bin/wpdaemon");
  writeFileSync(program, "old");
  const { ino } = statSync(program);
  expect((await place.install(["--from", place.release, "--prefix", place.prefix])).exitCode).toBe(0);
  expect(statSync(program).ino).not.toBe(ino);
  expect(place.installed()).toEqual(FILES);
});

describe("nothing is installed", () => {
  test("nothing is installed from an archive whose SHA-256 is another, and both are named", async () => {
    using place = makeFakeRelease();
    const right = sha256(place.archive);
    appendFileSync(place.archive, "x");
    const { exitCode, stderr } = await place.install(["--from", place.release, "--prefix", place.prefix]);
    expect(exitCode).toBe(1);
    expect(stderr).toContain(right);
    expect(stderr).toContain(sha256(place.archive));
    expect(place.installed()).toEqual([]);
  });

  test("nothing is installed from an archive that SHA256SUMS does not list", async () => {
    using place = makeFakeRelease();
    place.list(`${"0".repeat(64)}  wpdaemon-9.9.9-linux-x64-musl.tar.gz\n`);
    const { exitCode, stderr } = await place.install(["--from", place.release, "--prefix", place.prefix]);
    expect([exitCode, stderr]).toEqual([1, expect.stringContaining("there is no wpdaemon for linux-x64")]);
    expect(place.installed()).toEqual([]);
  });

  test("nothing is installed where the version is not there", async () => {
    using place = makeFakeRelease();
    const { exitCode, stderr } = await place.install([
      "--from",
      place.release,
      "--version",
      "8",
      "--prefix",
      place.prefix,
    ]);
    expect([exitCode, stderr]).toEqual([1, expect.stringContaining("there is no wpdaemon-8-linux-x64.tar.gz")]);
    expect(place.installed()).toEqual([]);
  });

  test("nothing is installed where the program does not run; the old one stays", async () => {
    using place = makeFakeRelease({ program: "#!/bin/sh\nexit 1\n" });
    mkdirSync(join(place.prefix, "bin"), { recursive: true });
    writeFileSync(join(place.prefix, "bin/wpdaemon"), "old");
    const { exitCode, stderr } = await place.install(["--from", place.release, "--prefix", place.prefix]);
    expect([exitCode, stderr]).toEqual([1, expect.stringContaining("does not run on this machine")]);
    expect(place.installed()).toEqual(["bin/wpdaemon"]);
    expect(readFileSync(join(place.prefix, "bin/wpdaemon"), "utf8")).toBe("old");
  });

  test.each([
    ["http://example.com/release", "without encryption"],
    ["http://127.0.0.1.example.com", "without encryption"],
    ["http://localhost:80@example.com", "without encryption"],
    ["http://[::1]:x@example.com:80", "without encryption"],
    ["ftp://example.com", "neither a folder nor an https:// address"],
    ["/nowhere/at/all", "there is no folder"],
  ])("the installer installs nothing from %s", async (from, message) => {
    using place = makeFakeRelease();
    const { exitCode, stderr } = await place.install(["--from", from, "--prefix", place.prefix]);
    expect([exitCode, stderr]).toEqual([1, expect.stringContaining(message)]);
    expect(place.installed()).toEqual([]);
  });

  test.each([
    ["an unknown processor", "Linux", "riscv64", "there is no wpdaemon for the processor riscv64"],
    ["an unknown system", "FreeBSD", "amd64", "there is no wpdaemon for the system FreeBSD"],
  ])("the installer installs nothing on %s", async (_, system, processor, message) => {
    using place = makeFakeRelease({ uname: [system, processor] });
    const { exitCode, stderr } = await place.install(["--from", place.release, "--prefix", place.prefix]);
    expect([exitCode, stderr]).toEqual([1, expect.stringContaining(message)]);
    expect(place.installed()).toEqual([]);
  });

  test.each([["--frobnicate"], ["--from"], ["--prefix"]])(
    "nothing is installed when it is called with %s alone",
    async (word) => {
      using place = makeFakeRelease();
      const { exitCode, stderr } = await place.install([word]);
      expect([exitCode, stderr]).toEqual([1, expect.stringContaining(word)]);
    },
  );
});

test.each([
  ["linux-x64", ["Linux", "amd64"], "ldd (GNU libc) 2.36"],
  ["linux-arm64", ["Linux", "aarch64"], "ldd (GNU libc) 2.36"],
  ["linux-x64-musl", ["Linux", "x86_64"], "musl libc (x86_64)"],
  ["darwin-x64", ["Darwin", "x86_64"], ""],
  ["darwin-arm64", ["Darwin", "arm64"], ""],
] as const)("it recognizes %s", async (label, uname, ldd) => {
  using place = makeFakeRelease({ label, uname, ldd });
  const { exitCode, stderr } = await place.install(["--from", place.release, "--prefix", place.prefix]);
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
});

describe.each(["curl", "wget"])("with %s", (program) => {
  test.skipIf(lacksProgram(program))("it fetches from this very machine without encryption", async () => {
    using place = makeFakeRelease({ lacks: [program === "curl" ? "wget" : "curl"] });
    await using server = Bun.serve({
      hostname: "127.0.0.1",
      port: 0,
      fetch: ({ url }) => new Response(Bun.file(join(place.release, new URL(url).pathname))),
    });
    const from = `http://127.0.0.1:${server.port}`;
    const { exitCode, stderr } = await place.install(["--from", from, "--prefix", place.prefix]);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
    expect(place.installed()).toEqual(FILES);
  });

  test.skipIf(lacksProgram(program))("a download that fails is told with its address", async () => {
    using place = makeFakeRelease({ lacks: [program === "curl" ? "wget" : "curl"] });
    await using server = Bun.serve({ hostname: "127.0.0.1", port: 0, fetch: () => new Response("", { status: 404 }) });
    const from = `http://127.0.0.1:${server.port}`;
    const { exitCode, stderr } = await place.install(["--from", from, "--prefix", place.prefix]);
    expect([exitCode, stderr]).toEqual([1, expect.stringContaining(`${from}/SHA256SUMS cannot be downloaded`)]);
  });
});

describe.each(["curl", "wget"])("redirects, with %s", (program) => {
  describe.skipIf(lacksProgram(program) || lacksProgram("openssl"))(`redirects, with ${program}`, () => {
    test(`${program} follows a redirect to an encrypted address, over more than one step`, async () => {
      using place = makeFakeRelease({ lacks: [program === "curl" ? "wget" : "curl"] });
      using certificate = createCertificate();
      await using servers = serveByRedirect(place.release, certificate);
      const wgetrc = join(place.prefix, "..", "wgetrc");
      writeFileSync(wgetrc, `ca_certificate = ${certificate.certificatePath}\n`);
      const environment = { CURL_CA_BUNDLE: certificate.certificatePath, WGETRC: wgetrc };
      const words = ["--from", servers.encrypted, "--prefix", place.prefix];
      const { exitCode, stderr } = await place.install(words, { environment });
      expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
    });

    test(`${program} installs nothing where a redirect leads to an address that is not encrypted`, async () => {
      using place = makeFakeRelease({ lacks: [program === "curl" ? "wget" : "curl"] });
      using certificate = createCertificate();
      await using servers = serveByRedirect(place.release, certificate);
      const { exitCode, stderr } = await place.install(["--from", servers.plain, "--prefix", place.prefix]);
      expect([exitCode, stderr]).toEqual([1, expect.stringMatching(/not encrypted|cannot be downloaded/)]);
      expect([place.installed(), servers.plainRequests()]).toEqual([[], []]);
    });
  });
});

test("a wget that cannot be kept from following redirects is not used", async () => {
  using place = makeFakeRelease({ lacks: ["curl", "wget"] });
  place.addCommand("wget", "echo 'BusyBox v1.36.1 multi-call binary.'");
  const words = ["--from", "https://127.0.0.1:1", "--prefix", place.prefix];
  const { exitCode, stderr } = await place.install(words);
  expect([exitCode, stderr]).toEqual([1, expect.stringContaining("neither curl nor GNU wget")]);
});

/** Three addresses: one leads by two steps to files over TLS, one to files without, and that one counts who asks. */
function serveByRedirect(release: string, { cert, key }: TestCertificate) {
  const asked: string[] = [];
  const file = (url: string) => new Response(Bun.file(join(release, new URL(url).pathname)));
  const open = { hostname: "127.0.0.1", port: 0 };
  const unencrypted = Bun.serve({
    ...open,
    fetch({ url }) {
      asked.push(url);
      return file(url);
    },
  });
  const tls = Bun.serve({
    ...open,
    tls: { cert, key },
    fetch({ url }) {
      const { pathname, origin } = new URL(url);
      if (pathname.startsWith("/a/")) return Response.redirect(`${origin}/b${pathname.slice(2)}`);
      if (pathname.startsWith("/b/"))
        return new Response(null, { status: 302, headers: { Location: `/c${pathname.slice(2)}` } });
      return file(`${origin}${pathname.replace("/c/", "/")}`);
    },
  });
  const leading = Bun.serve({
    ...open,
    fetch: ({ url }) => Response.redirect(`http://127.0.0.1:${unencrypted.port}${new URL(url).pathname}`),
  });
  return {
    encrypted: `https://127.0.0.1:${tls.port}/a`,
    plain: `http://127.0.0.1:${leading.port}`,
    plainRequests: () => asked,
    async [Symbol.asyncDispose]() {
      await Promise.all([unencrypted, tls, leading].map((server) => server.stop(true)));
    },
  };
}

test("an installer that breaks off does nothing", async () => {
  using place = makeFakeRelease();
  const text = readFileSync(place.installer, "utf8").trimEnd();
  const lines = [...text.matchAll(/\n/g)].map(({ index }) => index);
  const lastLine = Array.from(
    { length: text.length - text.lastIndexOf("\n") - 1 },
    (_, index) => text.length - index - 1,
  );
  const cuts = [...lines.filter((_, index) => index % 10 === 0), ...lastLine];
  const path = join(place.release, "install.sh");
  for (const cut of cuts) {
    writeFileSync(path, text.slice(0, cut));
    await place.install(["--prefix", place.prefix], { script: path });
    expect(place.installed()).toEqual([]);
  }
  writeFileSync(path, text);
  await place.install(["--prefix", place.prefix], { script: path });
  expect(place.installed()).toEqual(FILES);
});

test("the installer explains itself", async () => {
  using place = makeFakeRelease();
  const { exitCode, stdout } = await place.install(["--help"]);
  expect(exitCode).toBe(0);
  for (const option of ["--from", "--version", "--prefix", "--key", "--unsigned"]) expect(stdout).toContain(option);
});

test.skipIf(lacksProgram("shellcheck"))("shellcheck finds nothing", () => {
  expect(Bun.spawnSync(["shellcheck", INSTALLER]).stdout.toString()).toBe("");
});
