import type { TunnelEntry } from "../../../api/control/schemas.ts";
import { tunnelNameOf } from "../../../tunnels/config/store/names.ts";
import { commonOptions } from "../../arguments.ts";
import { unlessAbsent } from "../../daemon/absence.ts";
import { openControl } from "../../daemon/reach-daemon.ts";
import { say } from "../../output/report.ts";
import { describeHealth } from "../../output/status-text.ts";
import { formatTable } from "../../output/table.ts";
import { openPaint } from "../../output/terminal.ts";
import { defineVerb } from "../../verb.ts";
import { openConfigStore } from "../configs/store.ts";

export const verb = defineVerb({
  name: "list",
  summary: "List the tunnels and their state",
  details: "It works without a daemon, too.",
  examples: ["wpdaemon list --json | jq -r '.[].name'"],
  args: { ...commonOptions },
  async run({ args }) {
    const status = await unlessAbsent(openControl(args).status());
    const entries = mergeTunnels(openConfigStore(args.home).list(), status?.tunnels ?? []);
    if (args.json) return say(JSON.stringify(entries));
    if (entries.length === 0) return say("no configs; add one with: wpdaemon config import FILE");
    const paint = openPaint();
    const rows = entries.map(({ name, state, health, socks }) => [
      name,
      state,
      describeHealth(state, health, paint),
      socks ?? "-",
    ]);
    say(formatTable(["NAME", "STATE", "HEALTH", "SOCKS5"], rows));
  },
});

export type ListEntry = Pick<TunnelEntry, "name" | "state" | "health" | "socks">;

/** Every config with the state of its tunnel, and every tunnel whose config is gone, by name. */
export function mergeTunnels(configs: readonly string[], tunnels: readonly TunnelEntry[]): readonly ListEntry[] {
  const entries = new Map<string, ListEntry>();
  for (const config of configs) {
    const name = tunnelNameOf(config);
    entries.set(name, { name, state: "idle", health: "idle", socks: null });
  }
  for (const { name, state, health, socks } of tunnels) {
    if (entries.has(name) || state !== "idle") entries.set(name, { name, state, health, socks });
  }
  return [...entries.values()].sort((one, other) => (one.name < other.name ? -1 : 1));
}
