import { expect, test } from "bun:test";
import { join } from "node:path";
import { temporaryFolder } from "../../rig/temporary-folder.ts";

const SOURCES = join(import.meta.dir, "../../../src/platform");

test.skipIf(process.platform !== "linux")(
  "a process becomes another program under its number, with its words, environment and chosen descriptors",
  async () => {
    using folder = temporaryFolder();
    const file = join(folder.path, "kept");
    await Bun.write(file, "what was open");
    const script = `
    import { openSync } from "node:fs";
    import { keepOverExec } from "${SOURCES}/libc.ts";
    import { replaceKeepingDescriptors } from "${SOURCES}/process/replace-process.ts";
    const [kept, other] = [openSync("${file}", "r"), openSync("${file}", "r")];
    keepOverExec(kept, true);
    try {
      replaceKeepingDescriptors("/nowhere", ["nowhere"], {});
    } catch (error) {
      console.log(error.code);
    }
    const words = ["sh", "-c", \`echo $$ "$1" "$OWN"; cat <&\${kept}; test -e /proc/$$/fd/\${other} || echo; exit 3\`, "sh", "a word"];
    replaceKeepingDescriptors("/bin/sh", words, { OWN: "yes", NONE: undefined, PATH: process.env.PATH });
  `;
    const run = Bun.spawn([process.execPath, "-e", script], { stdout: "pipe", stderr: "inherit" });
    const [said, code] = await Promise.all([run.stdout.text(), run.exited]);
    expect([said, code]).toEqual([`command-not-executable\n${run.pid} a word yes\nwhat was open\n`, 3]);
  },
);
