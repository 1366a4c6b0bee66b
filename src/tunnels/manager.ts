import type { EventBus } from "../events/bus.ts";
import { letGo } from "../platform/containment.ts";
import { attemptOr, describeError } from "../platform/failure.ts";
import { configNameOf, partOf } from "./config/store/names.ts";
import type { ChildRecord, ChildRegister, WantedRegister, WantedTunnel } from "./driver/child-record.ts";
import type { Adopted, Placement } from "./driver/driver.ts";
import type { TunnelParts, TunnelPolicy } from "./life/life.ts";
import { createRecoveryPlan } from "./life/recovery-plan.ts";
import { isAtRest } from "./life/state-machine.ts";
import type { TunnelStatus } from "./life/status.ts";
import { createTunnel, type Tunnel } from "./life/tunnel.ts";

interface ManagerParts extends Pick<TunnelParts, "drivers" | "audit" | "bus" | "now" | "isReachable" | "onLook"> {
  /** Gives the full name of a config. @throws Failure `config-not-found`. */
  readonly findConfig: (name: string) => string;
  /** What the owner wants of a tunnel. @param config with suffix. */
  readonly policyOf: (config: string) => TunnelPolicy;
  readonly register: ChildRegister;
  readonly wanted: WantedRegister;
  /** Why a tunnel is not to be brought up by itself: it has ended the daemon again and again. */
  readonly blame: (config: string) => string | undefined;
}

export type TunnelManager = ReturnType<typeof createTunnelManager>;

/** Every tunnel of this daemon, by its config. */
export function createTunnelManager(parts: ManagerParts) {
  const { drivers, register, wanted, audit, policyOf } = parts;
  const tunnels = new Map<string, Tunnel>();
  const unsubscribe = rememberWanted(parts.bus, wanted, () => [...tunnels.values()]);

  return {
    /**
     * The tunnel of a config, which need not run.
     * @param name with or without its suffix.
     * @throws Failure `config-not-found`.
     */
    open,
    /** Those that are not up and whose config is gone are forgotten. */
    list,
    /**
     * Brings a tunnel up beside others, on its config's own port or on another. One that is up is given as it is.
     * @param answerBy a time of `performance.now()`.
     * @throws Failure as `open` and `Tunnel.start`.
     */
    async up(name: string, answerBy: number): Promise<TunnelStatus> {
      const tunnel = open(name);
      await tunnel.noticeDeath();
      if (tunnel.status().state === "running") return tunnel.status();
      return await tunnel.start(answerBy, placementFor(tunnel.config));
    },
    /** Brings up what the settings want to be up at the start. @throws Failure `config-not-found`. */
    autoStart: (name: string) => bringUp(open(name), placementFor(parts.findConfig(name))),
    /** Whether a tunnel could listen where its config says. @throws Failure as `Drivers.checkOwnAddresses`. */
    checkOwnAddresses: drivers.checkOwnAddresses,
    /** Takes over what a former daemon left, and brings up again what it meant to be up. */
    async adoptAll(): Promise<void> {
      const meant = wanted.list();
      const found = new Map<string, Adopted[]>();
      for (const record of register.list()) {
        const adopted = await findRunning(record);
        if (adopted !== undefined) found.getOrInsert(record.config, []).push(adopted);
      }
      const isMeant = (config: string) => meant.some((tunnel) => tunnel.config === config);
      for (const [config, runs] of found) adopt(config, runs, isMeant(config));
      for (const tunnel of meant) {
        letGo(partOf(tunnel.config), revive(tunnel), () => openNamed(tunnel.config).giveUp("a fault of wpdaemon"));
      }
    },
    /** Something about this machine has changed (network, sleep): every tunnel looks after itself at once. */
    lookAgain(): void {
      for (const tunnel of tunnels.values()) tunnel.lookAgain();
    },
    /** Brings everything down; a tunnel that will not stop is left to the next daemon, and on record for it. */
    async stopAll(): Promise<void> {
      await Promise.all(
        [...tunnels.values()]
          .filter((tunnel) => !isAtRest(tunnel.status().state))
          .map((tunnel) => tunnel.stop().catch((error) => audit("ERROR", `${tunnel.config}: ${describeError(error)}`))),
      );
    },
    /** Lets go of every tunnel without ending it: another daemon carries on with them. */
    async release(): Promise<void> {
      unsubscribe();
      await Promise.all([...tunnels.values()].map((tunnel) => tunnel.release()));
    },
  };

  /** One child that cannot be taken over must not keep the daemon from its work. */
  async function findRunning(record: ChildRecord): Promise<Adopted | undefined> {
    try {
      const adopted = await drivers.adopt(record);
      if (adopted === undefined) audit("INFO", `${record.config}: ended while no daemon ran`);
      return adopted;
    } catch (error) {
      audit("ERROR", `${record.config}: not adopted: ${describeError(error)}`);
      return undefined;
    }
  }

  /** Of several runs of one config the one that listens is kept; they would take each other's peer away. */
  function adopt(config: string, runs: readonly Adopted[], isMeant: boolean): void {
    const [best, ...others] = runs.toSorted((one, other) => Number(other.verified) - Number(one.verified));
    for (const { running } of others) {
      audit("ACTION", `${config}: ending process ${running.pid}: another one carries it`);
      letGo(partOf(config), running.stop());
    }
    if (best === undefined) return;
    const isWelcome = parts.blame(config) === undefined;
    const otherwise = isMeant && isWelcome && policyOf(config).recover ? "replace" : "end";
    const standing = isMeant ? wanted.standing(config) : undefined;
    openNamed(config).adopt(best.running, best.verified && isWelcome ? "keep" : otherwise, standing);
  }

  /**
   * A tunnel whose process was found, but did not listen, is being stopped: it is brought up anew afterwards. One that
   * ended with the former daemon did not die by itself: it is brought up whatever its policy says.
   */
  async function revive({ config, ownAddress, socksPort }: WantedTunnel): Promise<void> {
    if (!policyOf(config).recover && !drivers.endsWithDaemon(config)) return wanted.remove(config);
    const tunnel = openNamed(config);
    await tunnel.stopped();
    const elsewhere = socksPort === null ? placementFor(config) : ({ kind: "port", socks: socksPort } as const);
    bringUp(tunnel, ownAddress ? { kind: "own" } : elsewhere);
  }

  function bringUp(tunnel: Tunnel, placement: Placement): void {
    const blame = parts.blame(tunnel.config);
    if (blame === undefined) tunnel.revive(placement, wanted.standing(tunnel.config));
    else tunnel.giveUp(blame);
  }

  function list(): readonly Tunnel[] {
    for (const [config, tunnel] of tunnels) {
      if (tunnel.status().state === "idle" && !attemptOr(false, () => parts.findConfig(config) === config)) {
        tunnels.delete(config);
      }
    }
    return [...tunnels.values()];
  }

  function open(name: string): Tunnel {
    return findUp(name) ?? openNamed(parts.findConfig(name));
  }

  /** One that is up stays within reach when its config is gone. */
  function findUp(name: string): Tunnel | undefined {
    const tunnel = tunnels.get(configNameOf(name));
    return tunnel === undefined || isAtRest(tunnel.status().state) ? undefined : tunnel;
  }

  function placementFor(config: string): Placement {
    const { socks } = policyOf(config);
    return socks === undefined ? { kind: "any" } : { kind: "port", socks };
  }

  function openNamed(config: string): Tunnel {
    return tunnels.getOrInsertComputed(config, () =>
      createTunnel(config, { ...parts, policy: policyOf(config), plan: createRecoveryPlan() }),
    );
  }
}

/** Keeps on disk which tunnels are meant to be up, and how they fare, for the daemon that follows to go on with them. */
function rememberWanted(bus: EventBus, wanted: WantedRegister, list: () => readonly Tunnel[]): () => void {
  return bus.subscribe((event) => {
    if (event.type !== "tunnel_state" && event.type !== "tunnel_health") return;
    const tunnel = list().find(({ config }) => config === configNameOf(event.tunnel));
    if (tunnel === undefined) return;
    const { config } = tunnel;
    // One that was given up is still meant to be up: the next daemon tries it again.
    if (event.to === "idle" && event.type === "tunnel_state") wanted.remove(config);
    if (event.to === "running") {
      const placement = tunnel.placement();
      const socksPort = placement.kind === "port" ? placement.socks : null;
      wanted.put({ config, socksPort, ownAddress: placement.kind === "own" });
    }
    const standing = tunnel.standing();
    const isWanted = wanted.list().some((other) => other.config === config);
    if (standing !== undefined && isWanted) wanted.putStanding(standing);
  });
}
