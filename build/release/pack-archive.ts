import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Glob } from "bun";
import { completionFiles } from "./completions.ts";
import { collectLicenses } from "./licenses.ts";
import { manPage } from "./man-page.ts";
import { type TarEntry, writeTar } from "./tar.ts";

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
