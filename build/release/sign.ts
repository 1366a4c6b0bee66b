// `make sign`: signs the checksums of a release with the owner's key, and thereby every file that they name.

import { readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import packageJson from "../../package.json" with { type: "json" };
import { INSTALLER, readReleaseKey } from "./installer-key.ts";
import { isSignedBy, readPublicKey, readSecretKey, signContent } from "./minisign.ts";

const [folder = resolve(import.meta.dir, "../../dist/release"), installer = INSTALLER] = process.argv.slice(2);
const [secret, password] = [process.env["WPDAEMON_RELEASE_KEY"], process.env["WPDAEMON_RELEASE_PASSWORD"]];

const key = readReleaseKey(readFileSync(installer, "utf8"));
if (key === undefined)
  stop("releases have no key yet: their owner makes one with make release-key, and commits its public half");
if (!secret) stop("WPDAEMON_RELEASE_KEY is not set: it holds the text of the secret key's file");
const file = join(folder, "SHA256SUMS");
const content = readFileSync(file);
const signature = signContent(
  content,
  `wpdaemon ${packageJson.version}, SHA256SUMS`,
  readSecretKey(secret, password ?? ""),
);
if (!isSignedBy(readPublicKey(key), content, signature)) {
  stop(`WPDAEMON_RELEASE_KEY is another key than that of ${installer}, whose users would refuse the release`);
}
writeFileSync(`${file}.minisig`, signature);
console.log(`${file}.minisig, by ${key}`);

function stop(reason: string): never {
  console.error(reason);
  process.exit(1);
}
