import type { Audit } from "../platform/audit.ts";
import { describeError } from "../platform/failure.ts";
import type { ChildRecord, ChildRegister } from "./child-record.ts";
import type { TunnelDriver } from "./driver.ts";
import { createTunnel, type Tunnel } from "./tunnel.ts";

/** Every tunnel of this daemon, by its config. */
export interface TunnelManager {
  /**
   * The tunnel of a config, which need not run.
   * @param name with or without its suffix.
   * @throws Failure `config-not-found`.
   */
  open(name: string): Tunnel;
  list(): readonly Tunnel[];
  /** Takes over what a former daemon left, and forgets what died meanwhile. */
  adoptAll(): Promise<void>;
  /** Brings everything down; a tunnel that will not stop is left to the next daemon, and on record for it. */
  stopAll(): Promise<void>;
}

export interface ManagerParts {
  readonly driver: TunnelDriver;
  /** Gives the full name of a config. @throws Failure `config-not-found`. */
  readonly findConfig: (name: string) => string;
  readonly register: ChildRegister;
  readonly audit: Audit;
}

export function createTunnelManager({ driver, findConfig, register, audit }: ManagerParts): TunnelManager {
  const tunnels = new Map<string, Tunnel>();

  return {
    open: (name) => openNamed(findConfig(name)),
    list: () => [...tunnels.values()],
    async adoptAll() {
      for (const record of register.list()) {
        // One child that cannot be taken over must not keep the daemon from its work.
        await adopt(record).catch((error) => audit("ERROR", `${record.config}: not adopted: ${describeError(error)}`));
      }
    },
    async stopAll() {
      await Promise.all(
        [...tunnels.values()]
          .filter((tunnel) => tunnel.status().state !== "idle")
          .map((tunnel) => tunnel.stop().catch((error) => audit("ERROR", `${tunnel.config}: ${describeError(error)}`))),
      );
    },
  };

  async function adopt(record: ChildRecord): Promise<void> {
    const adopted = await driver.adopt(record);
    if (adopted === undefined) audit("INFO", `${record.config}: ended while no daemon ran`);
    else openNamed(record.config).adopt(adopted.way, adopted.verified);
  }

  function openNamed(config: string): Tunnel {
    const known = tunnels.get(config);
    if (known !== undefined) return known;
    const tunnel = createTunnel(config, driver, audit);
    tunnels.set(config, tunnel);
    return tunnel;
  }
}
