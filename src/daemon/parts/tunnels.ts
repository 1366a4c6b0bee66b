import type { EventBus } from "../../events/bus.ts";
import type { Audit } from "../../platform/audit.ts";
import { createClockWatch } from "../../platform/clock-watch.ts";
import { isReachable, watchNetwork } from "../../platform/network/network-watch.ts";
import { type ArgusSlot, createArgusSlot } from "../../tunnels/argus-slot.ts";
import { tunnelNameOf } from "../../tunnels/config/names.ts";
import { type ConfigChange, watchConfigs } from "../../tunnels/config/watch-configs.ts";
import type { Drivers } from "../../tunnels/life/drivers.ts";
import type { TunnelPolicy } from "../../tunnels/life/life.ts";
import { isAtRest } from "../../tunnels/life/state-machine.ts";
import { createTunnelManager, type TunnelManager } from "../../tunnels/manager.ts";
import { DEFAULT_TUNNEL, type Settings } from "../settings.ts";
import type { StateFile } from "../state/state-file.ts";

/** The tunnels of this daemon with all that watches over them, from when it has taken them over until it lets them go. */
export interface TunnelsRoom {
  readonly manager: TunnelManager;
  readonly slot: ArgusSlot;
  /** Ends every tunnel, in at most 3.5 s. */
  stop(): Promise<void>;
  /** Leaves every tunnel to another daemon. */
  release(): Promise<void>;
}

export interface TunnelsRoomParts {
  readonly driver: Drivers;
  readonly findConfig: (name: string) => string;
  /** Where the configs lie. */
  readonly configFolder: string;
  readonly settings: Settings;
  readonly state: StateFile;
  readonly bus: EventBus;
  readonly audit: Audit;
  readonly now: () => number;
  /** A tunnel was looked at. */
  readonly onLook: () => void;
}

/** Takes over what the daemon before left, and brings up what the settings say. */
export async function openTunnelsRoom(parts: TunnelsRoomParts): Promise<TunnelsRoom> {
  const { bus, state, audit, settings, now } = parts;
  const clock = createClockWatch(now);
  const manager = createTunnelManager({
    ...parts,
    policyOf: (config) => policyFrom(settings, config, parts.findConfig, audit),
    register: state.children,
    wanted: state.wanted,
    isReachable,
    onLook() {
      parts.onLook();
      if (clock.look() === "slept") changed("woke_up");
    },
  });
  await manager.adoptAll();
  const slot = createArgusSlot(manager, state.formerSlot);
  const configs = watchConfigs(parts.configFolder, configChanged);
  const network = watchWhileUp(bus, manager, () => changed("network_changed"));
  const unsubscribe = bus.subscribe((event) => {
    if (event.type === "tunnel_state") state.setSlot(slot.occupant());
    if (event.type !== "tunnel_health") return;
    audit("STATE", `${event.tunnel}.conf: health ${event.from} -> ${event.to}: ${event.reason}`);
  });
  for (const [name, { autostart }] of Object.entries(settings.tunnels)) if (autostart) autoStart(name);

  return {
    manager,
    slot,
    async stop() {
      configs.stop();
      network.stop();
      await manager.stopAll();
      unsubscribe();
    },
    async release() {
      configs.stop();
      network.stop();
      unsubscribe();
      await manager.release();
    },
  };

  function autoStart(name: string): void {
    try {
      manager.open(name).revive(manager.placementFor(name));
    } catch (error) {
      audit("ERROR", `cannot bring up ${name} at the start: ${error instanceof Error ? error.message : "unknown"}`);
    }
  }

  function configChanged(config: string, change: ConfigChange): void {
    audit("INFO", `${config} was ${change}`);
    const isRunning = manager.list().some((tunnel) => tunnel.config === config && !isAtRest(tunnel.status().state));
    bus.emit({ type: "config_changed", at: now(), tunnel: tunnelNameOf(config), change, isRunning });
  }

  function changed(type: "network_changed" | "woke_up"): void {
    audit("INFO", type === "woke_up" ? "the machine has slept, or its clock was set" : "the network has changed");
    bus.emit({ type, at: now() });
    manager.lookAgain();
  }
}

/** The network is of interest only while a tunnel is up, or should be. */
function watchWhileUp(bus: EventBus, manager: TunnelManager, onChange: () => void): { stop(): void } {
  let watch: { stop(): void } | undefined;
  adjust();
  const unsubscribe = bus.subscribe((event) => {
    if (event.type === "tunnel_state") adjust();
  });
  return {
    stop() {
      unsubscribe();
      watch?.stop();
    },
  };

  function adjust(): void {
    if (manager.list().some((tunnel) => tunnel.status().state !== "idle")) {
      watch ??= watchNetwork(onChange);
    } else {
      watch?.stop();
      watch = undefined;
    }
  }
}

/** A name of a failover list that is no config is told, and passed over. */
function policyFrom(
  settings: Settings,
  config: string,
  findConfig: (name: string) => string,
  audit: Audit,
): TunnelPolicy {
  const wanted = settings.tunnels[tunnelNameOf(config)] ?? DEFAULT_TUNNEL;
  const failover = wanted.failover.flatMap((name) => {
    try {
      return [findConfig(name)];
    } catch {
      audit("ERROR", `${config}: there is no config ${JSON.stringify(name)} to fail over to`);
      return [];
    }
  });
  return { recover: wanted.recover, failover, socks: wanted.socks, probe: wanted.probe };
}
