import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import packageJson from "../../package.json" with { type: "json" };

/** What the executable contains of others' work, by file name: their licences ask to come along. @param root of the project. */
export function collectLicenses(root: string): ReadonlyMap<string, string> {
  const packages = Object.keys(packageJson.dependencies).toSorted();
  return new Map([
    ["bun.txt", BUN],
    ...packages.map((name): [string, string] => [`${name}.txt`, readLicense(join(root, "node_modules", name))]),
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
