// `make release-key`: the key pair that releases are signed with, made once by their owner. The secret key goes to a file outside
// of this repository, the public key into the installer.

import { existsSync, mkdirSync, readFileSync, realpathSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join, resolve, sep } from "node:path";
import { INSTALLER, readReleaseKey, setReleaseKey } from "./installer-key.ts";
import { makeKeyPair } from "./minisign.ts";

const ROOT = resolve(import.meta.dir, "../..");
const [file = join(homedir(), ".minisign", "wpdaemon.key"), installer = INSTALLER] = process.argv.slice(2);

const text = readFileSync(installer, "utf8");
const known = readReleaseKey(text);
if (known !== undefined)
  stop(`${installer} has a key already, ${known}: empty that line first if releases are to have another`);
if (existsSync(file)) stop(`${file} is there already, and is not replaced`);
mkdirSync(dirname(resolve(file)), { recursive: true, mode: 0o700 });
if (`${realpathSync(dirname(resolve(file)))}${sep}`.startsWith(`${realpathSync(ROOT)}${sep}`)) {
  stop(`${file} lies in the repository, where a secret key must never be`);
}

const password = process.env["WPDAEMON_RELEASE_PASSWORD"] ?? askPassword();
const pair = makeKeyPair(password);
writeFileSync(file, pair.secret, { mode: 0o600, flag: "wx" });
writeFileSync(installer, setReleaseKey(text, pair.public));
console.log(`secret key: ${file}${password === "" ? ", without a password" : ""}. Keep a copy where nobody else comes to
public key: ${pair.public}, in ${installer}. Commit that
To sign in CI, give the environment "release" of the repository two secrets:
  RELEASE_KEY       the text of the secret key's file
  RELEASE_PASSWORD  its password, if it has one
To sign here: WPDAEMON_RELEASE_KEY="$(cat ${file})" make sign`);

/** Read by the shell, which alone turns the echo off. */
function askPassword(): string {
  const script = `stty -echo; trap 'stty echo; echo >&2' EXIT; printf 'Password for the secret key (empty for none): ' >&2; read -r line; printf %s "$line"`;
  const asked = Bun.spawnSync(["sh", "-c", script], { stdin: "inherit", stderr: "inherit" });
  if (!asked.success) stop("no password can be asked for here: set WPDAEMON_RELEASE_PASSWORD, empty for none");
  return asked.stdout.toString();
}

function stop(reason: string): never {
  console.error(reason);
  process.exit(1);
}
