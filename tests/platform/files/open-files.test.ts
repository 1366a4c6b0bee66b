import { expect, test } from "bun:test";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { findOpenFiles } from "../../../src/platform/files/open-files.ts";
import { pathsBelow } from "../../../src/platform/files/paths.ts";
import { temporaryFolder } from "../../rig/temporary-folder.ts";

test("who has the lock or a pipe open is found, also below a folder that is a link", async () => {
  using folder = temporaryFolder();
  const real = pathsBelow(`${folder.path}/real`);
  mkdirSync(real.pipes, { recursive: true });
  symlinkSync(real.home, `${folder.path}/link`);
  const linked = pathsBelow(`${folder.path}/link`);
  writeFileSync(real.lock, "");
  const holder = Bun.spawn(["sh", "-c", 'exec 3<"$0"; echo open; read line', real.lock], {
    stdin: "pipe",
    stdout: "pipe",
  });
  try {
    await holder.stdout.getReader().read();
    expect(findOpenFiles(real, [holder.pid, process.pid])).toEqual(new Map([[holder.pid, [real.lock]]]));
    expect(findOpenFiles(linked, [holder.pid, process.pid])).toEqual(new Map([[holder.pid, [linked.lock]]]));
  } finally {
    holder.kill("SIGKILL");
    await holder.exited;
  }
});
