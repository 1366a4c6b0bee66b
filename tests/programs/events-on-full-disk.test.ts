import { expect, test } from "bun:test";
import { join } from "node:path";
import { MAY_SKIP } from "../rig/needs-program.ts";
import { temporaryFolder } from "../rig/temporary-folder.ts";

const OWN_MOUNTS = ["unshare", "--user", "--map-root-user", "--mount"];

test.skipIf(process.platform !== "linux" || (MAY_SKIP && !canMount()))(
  "a full disk: publishers are refused, nothing is half there, and it goes on when there is room",
  () => {
    using folder = temporaryFolder();
    const script = join(import.meta.dir, "publish-on-full-disk.ts");
    const command = 'mount -t tmpfs -o size=3m tmpfs "$1" && exec "$2" "$3" "$1"';
    const run = Bun.spawnSync([...OWN_MOUNTS, "sh", "-c", command, "sh", folder.path, process.execPath, script]);
    expect(run.stderr.toString()).toBe("");
    const said = JSON.parse(run.stdout.toString());
    expect(said).toMatchObject({
      atTheStart: "file-unusable",
      before: "accepted",
      meanwhile: 5,
      afterwards: "accepted",
    });
    const { stored, told, trades, events } = said.counts;
    expect(told).toBe(events);
    // The daemon's own event waited for room, and came before the last trade.
    expect(events).toBe(trades + 1);
    expect(stored).toBe(events - 2);
    expect(said.daily_pnl).toMatchObject([{ realized_pnl: trades }]);
    expect(said.messages.join("\n")).toContain("(SQLITE_FULL)");
    expect(said.messages.at(-1)).toBe(
      "INFO the event database can be written again; 0 events of the daemon were lost meanwhile",
    );
  },
);

function canMount(): boolean {
  return Bun.which("unshare") !== null && Bun.spawnSync([...OWN_MOUNTS, "true"]).success;
}
