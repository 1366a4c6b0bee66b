import { expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { temporaryFolder } from "../rig/temporary-folder.ts";

const SCRIPT = `ip link set lo up && ip route add 10.255.255.0/24 dev lo && mount --bind "$1" /etc/resolv.conf && exec "$2" "$3"`;

// Only Linux has namespaces.
test.skipIf(process.platform !== "linux")(
  "names whose servers are silent hold up nobody who asks for another name",
  async () => {
    using folder = temporaryFolder();
    const resolver = join(folder.path, "resolv.conf");
    writeFileSync(resolver, "nameserver 10.255.255.1\n");
    const program = [process.execPath, join(import.meta.dir, "silent-resolver.ts")];
    const run = Bun.spawn(["unshare", "-rmn", "sh", "-c", SCRIPT, "sh", resolver, ...program], {
      stdin: "ignore",
      stdout: "pipe",
      stderr: "pipe",
    });
    const [output, complaint] = await Promise.all([run.stdout.text(), run.stderr.text(), run.exited]);
    expect(complaint).toBe("");
    // Whoever waits for the silent names sees some of them given up first.
    expect(JSON.parse(output)).toEqual({ answered: 0 });
  },
);
