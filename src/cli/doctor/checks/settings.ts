import type { Settings } from "../../../daemon/settings.ts";
import { Failure } from "../../../platform/failure.ts";
import { isRegularFile } from "../../../tunnels/config/store/listing.ts";
import { configNameOf, tunnelNameOf } from "../../../tunnels/config/store/names.ts";
import type { Circumstances } from "../circumstances.ts";
import { blame, blameFailure, type Findings, fine, warn } from "../diagnosis.ts";

/** Whether config.yaml is valid, and whether the tunnels that it names exist. */
export function checkSettings({ settings, paths }: Circumstances): Findings {
  if (settings instanceof Failure) return blameFailure(settings);
  const exists = (name: string) => isRegularFile(`${paths.configs}/${configNameOf(name)}`);
  const found = [
    ...Object.entries(settings.tunnels).flatMap(([name, { failover }]) => [
      ...(exists(name) ? [] : warn(`tunnels.${name}: there is no such config`, NO_CONFIG)),
      ...failover.flatMap((other) => checkFailover(name, other, exists(other))),
    ]),
    ...checkPorts(settings.tunnels),
  ];
  return found.length === 0 ? fine(`valid; the line protocol is for port ${settings.line.port}`) : found;
}

const NO_CONFIG = "correct the name in config.yaml, or import the config";

function checkFailover(name: string, other: string, exists: boolean): Findings {
  const key = `tunnels.${name}.failover`;
  if (tunnelNameOf(other) === name) return warn(`${key} names the tunnel itself`, "remove it there");
  return exists ? [] : blame(`${key}: there is no config ${other}`, NO_CONFIG);
}

function checkPorts(tunnels: Settings["tunnels"]): Findings {
  const owners = new Map<number, string>();
  return Object.entries(tunnels).flatMap(([name, { socks }]) => {
    const owner = socks === undefined ? undefined : owners.get(socks);
    if (socks !== undefined) owners.set(socks, owner ?? name);
    if (owner === undefined) return [];
    return blame(`tunnels.${name}.socks is the port of ${owner} too: ${socks}`, "give each tunnel a port of its own");
  });
}
