import { umask } from "node:process";
import { describeError } from "../../../../src/platform/failure.ts";
import { pathsBelow } from "../../../../src/platform/files/paths.ts";
import { installProgram } from "../../../../src/tunnels/wireproxy/program/install.ts";

// A process that installs the program once: <home> <mirror> <archive hash> <umask in octal>. It prints `begin`, then `true`
// or `false` for what `installProgram` gives, or the error.
const [home = "", mirror = "", archive = "", mask = "22"] = process.argv.slice(2);
umask(Number.parseInt(mask, 8));
console.log("begin");
try {
  const release = { version: "1.1.3", baseUrl: mirror, hashes: { "wireproxy_linux_amd64.tar.gz": { archive } } };
  const installed = await installProgram({ paths: pathsBelow(home), platform: "linux", arch: "x64", release });
  console.log(String(installed));
} catch (error) {
  console.log(describeError(error));
}
