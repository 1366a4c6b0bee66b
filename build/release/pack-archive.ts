import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Glob } from "bun";
import packageJson from "../../package.json" with { type: "json" };
import { bashCompletion } from "../../src/cli/completion/bash.ts";
import { fishCompletion } from "../../src/cli/completion/fish.ts";
import { zshCompletion } from "../../src/cli/completion/zsh.ts";
import { manPage } from "./man-page.ts";
import { type TarEntry, writeTar } from "./tar.ts";
import { VOCABULARY } from "./vocabulary.ts";

/**
 * An archive of the program and what belongs beside it, in one folder; gzip, without name and time.
 * @param name of the folder.
 * @param root of the repository, whose licence and documents go along.
 * @param seconds since 1970, the time of change of every file.
 */
export function packArchive(name: string, executable: Uint8Array, root: string, seconds: number): Uint8Array {
  const entries = [
    folder(`${name}/`),
    { ...file(`${name}/wpdaemon`, executable), mode: 0o755 },
    file(`${name}/LICENSE`, readFileSync(join(root, "LICENSE"))),
    // README's links lead to the others.
    ...["README.md", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md", ...new Glob("docs/**/*.md").scanSync(root)].map(
      (path) => file(`${name}/${path}`, readFileSync(join(root, path))),
    ),
    folder(`${name}/docs/`),
    folder(`${name}/docs/protocols/`),
    folder(`${name}/completions/`),
    ...Object.entries(completionFiles()).map(([path, text]) => file(`${name}/completions/${path}`, encode(text))),
    folder(`${name}/licenses/`),
    ...[...collectLicenses(root)].map(([path, text]) => file(`${name}/licenses/${path}`, encode(text))),
    folder(`${name}/man/`),
    file(`${name}/man/wpdaemon.1`, encode(manPage())),
  ];
  return Bun.gzipSync(writeTar(entries, seconds), { level: 9, library: "libdeflate" });
}

function folder(name: string): TarEntry {
  return { name, mode: 0o755, content: new Uint8Array() };
}

function file(name: string, content: Uint8Array): TarEntry {
  return { name, mode: 0o644, content };
}

function encode(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

/** What the executable contains of others' work, by file name: their licences ask to come along. @param root of the project. */
function collectLicenses(root: string): ReadonlyMap<string, string> {
  const packages = Object.keys(packageJson.dependencies).toSorted();
  return new Map([
    ["bun.txt", BUN],
    ...packages.map((name): [string, string] => [
      `${name.replace("@", "").replace("/", "-")}.txt`,
      readLicense(join(root, "node_modules", name)),
    ]),
  ]);
}

function readLicense(folder: string): string {
  const file = readdirSync(folder).find((name) => /^licen[cs]e/i.test(name));
  if (file === undefined) throw new Error(`${folder} has no licence file`);
  return readFileSync(join(folder, file), "utf8");
}

const BUN = `This executable contains the Bun runtime, version ${packageJson.packageManager.replace("bun@", "")}, by Oven and its contributors, under the MIT
licence. Bun is linked with JavaScriptCore and WebKit, parts of which are under the LGPL, version 2; their sources, and how to
build Bun with changed ones, are at https://github.com/oven-sh/bun and https://github.com/oven-sh/WebKit. The further
libraries in Bun and their licences are listed at https://bun.com/docs/project/license.
`;

/** The completions for every shell by their file's name, made from the command line's own definitions. */
export function completionFiles(): Readonly<Record<string, string>> {
  return {
    "wpdaemon.bash": bashCompletion(VOCABULARY),
    _wpdaemon: zshCompletion(VOCABULARY),
    "wpdaemon.fish": fishCompletion(VOCABULARY),
  };
}
