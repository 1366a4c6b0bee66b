import { statSync } from "node:fs";
import { join } from "node:path";
import type { EventBus } from "../../events/bus.ts";
import type { Audit } from "../../platform/audit.ts";
import { createClockWatch } from "../../platform/clock-watch.ts";
import { attemptOr } from "../../platform/failure.ts";
import { isReachable, watchNetwork } from "../../platform/network/network-watch.ts";
import { createArgusSlot } from "../../tunnels/argus-slot.ts";
import { configNameOf, tunnelNameOf } from "../../tunnels/config/store/names.ts";
import { type ConfigChange, watchConfigs } from "../../tunnels/config/store/watch-configs.ts";
import type { Drivers } from "../../tunnels/life/drivers.ts";
import type { TunnelPolicy } from "../../tunnels/life/life.ts";
import { isAtRest } from "../../tunnels/life/state-machine.ts";
import type { Tunnel } from "../../tunnels/life/tunnel.ts";
import { createTunnelManager, type TunnelManager } from "../../tunnels/manager.ts";
import type { StateFile } from "../state/state-file.ts";

export type OpenTunnels = Awaited<ReturnType<typeof openTunnels>>;

interface OpenTunnelsOptions {
  readonly drivers: Drivers;
  readonly findConfig: (name: string) => string;
  /** Where the configs lie. */
  readonly configFolder: string;
  /** What the owner wants of a tunnel. @param name of its config, without suffix. */
  readonly settingsOf: (name: string) => {
    readonly recover: boolean;
    /** Config names, with or without suffix. */
    readonly failover: readonly string[];
    readonly socks?: number | undefined;
    readonly probe?: string | undefined;
  };
  /** Names of the configs that are brought up at the start. */
  readonly autostart: readonly string[];
  readonly state: StateFile;
  readonly bus: EventBus;
  readonly audit: Audit;
  readonly now: () => number;
  /** A tunnel was looked at. */
  readonly onLook: () => void;
  /** Tells of every change of the machine's network; a test has its own. */
  readonly watch?: typeof watchNetwork;
}

/** Takes over what the daemon before left, brings up what the settings say, and watches over all of them. */
export async function openTunnels(parts: OpenTunnelsOptions) {
  const { bus, state, audit, now } = parts;
  const clock = createClockWatch(now);
  const manager = createTunnelManager({
    ...parts,
    policyOf: (config) => policyFrom(config, parts),
    register: state.children,
    wanted: state.wanted,
    blame: state.blame,
    isReachable,
    onLook() {
      parts.onLook();
      if (clock.look() === "slept") changed("woke_up");
    },
  });
  await manager.adoptAll();
  for (const tunnel of manager.list()) noteChangeSinceStart(tunnel, parts.configFolder);
  const slot = createArgusSlot(manager, state.formerSlot);
  const configs = watchConfigs(parts.configFolder, configChanged);
  const network = watchWhileUp(parts, manager, () => changed("network_changed"));
  const unsubscribe = bus.subscribe((event) => {
    if (event.type === "tunnel_state") state.setSlot(slot.occupant());
    if (event.type !== "tunnel_health") return;
    audit("STATE", `${event.tunnel}.conf: health ${event.from} -> ${event.to}: ${event.reason}`);
  });
  for (const name of parts.autostart) autoStart(name);

  return {
    manager,
    slot,
    /** Ends every tunnel, in at most 3.5 s. */
    async stop(): Promise<void> {
      configs.stop();
      network.stop();
      await manager.stopAll();
      unsubscribe();
    },
    /** Leaves every tunnel to another daemon. */
    async release(): Promise<void> {
      configs.stop();
      network.stop();
      unsubscribe();
      await manager.release();
    },
  };

  /** One that was up at its config's own address is on its way back there: its clients look for it nowhere else. */
  function autoStart(name: string): void {
    if (state.wanted.list().some(({ config, ownAddress }) => ownAddress && config === configNameOf(name))) return;
    try {
      manager.autoStart(name);
    } catch (error) {
      audit("ERROR", `cannot bring up ${name} at the start: ${error instanceof Error ? error.message : "unknown"}`);
    }
  }

  function configChanged(config: string, change: ConfigChange): void {
    audit("INFO", `${config} was ${change}`);
    const running = manager.list().find((tunnel) => tunnel.config === config && !isAtRest(tunnel.status().state));
    if (change === "removed") running?.noteConfigChange("removed");
    else if (running !== undefined) noteChangeSinceStart(running, parts.configFolder);
    const isRunning = running !== undefined;
    bus.emit({ type: "config_changed", at: now(), tunnel: tunnelNameOf(config), change, isRunning });
  }

  function changed(type: "network_changed" | "woke_up"): void {
    audit("INFO", type === "woke_up" ? "the machine has slept, or its clock was set" : "the network has changed");
    bus.emit({ type, at: now() });
    manager.lookAgain();
  }
}

/** A change may be told after a start that has read it already, and nobody tells of one while no daemon watched. */
function noteChangeSinceStart(tunnel: Tunnel, folder: string): void {
  const { startedAt } = tunnel.status();
  if (startedAt === null) return;
  const changedAt = attemptOr(0, () => statSync(join(folder, tunnel.config)).mtimeMs);
  if (changedAt > Date.parse(startedAt)) tunnel.noteConfigChange("changed");
}

/** The network is of interest only while a tunnel is up, or should be. */
function watchWhileUp(
  { bus, watch: watchFor = watchNetwork }: Pick<OpenTunnelsOptions, "bus" | "watch">,
  manager: TunnelManager,
  onChange: () => void,
): { stop(): void } {
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
      watch ??= watchFor(onChange);
    } else {
      watch?.stop();
      watch = undefined;
    }
  }
}

/** A name of a failover list that is no config is told, and passed over. */
function policyFrom(config: string, { settingsOf, findConfig, audit }: OpenTunnelsOptions): TunnelPolicy {
  const { recover, socks, probe, failover } = settingsOf(tunnelNameOf(config));
  const carriers = failover.flatMap((name) => {
    try {
      return [findConfig(name)];
    } catch {
      audit("ERROR", `${config}: there is no config ${JSON.stringify(name)} to fail over to`);
      return [];
    }
  });
  return { recover, failover: carriers, socks, probe };
}
