import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import * as v from "valibot";

const VERSION = "7.0.4";
const PREFIX = join(import.meta.dir, "../../.tools/pm2");
/** Its program, for node. */
export const PM2 = join(PREFIX, "node_modules/pm2/bin/pm2");
const PACKAGE = join(PREFIX, "node_modules/pm2/package.json");

const packageSchema = v.pipe(v.string(), v.parseJson(), v.object({ version: v.string() }));

/** Installs it beside the repository's other tools where it is missing. @returns why there is none. */
export async function installPm2(): Promise<string | undefined> {
  if (existsSync(PACKAGE) && v.parse(packageSchema, readFileSync(PACKAGE, "utf8")).version === VERSION)
    return undefined;
  const npm = Bun.which("npm");
  if (npm === null) return "npm is missing";
  const words = ["install", "--no-save", "--silent", "--no-audit", "--no-fund", "--prefix", PREFIX, `pm2@${VERSION}`];
  const run = Bun.spawn([npm, ...words], { stdio: ["ignore", "ignore", "ignore"] });
  return (await run.exited) === 0 ? undefined : `npm could not install version ${VERSION}`;
}
