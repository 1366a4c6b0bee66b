import { basename } from "node:path";
import { letGo } from "../../platform/containment.ts";
import { attemptOr } from "../../platform/failure.ts";
import { LOOP_WATCH } from "../../platform/loop-watch.ts";
import { settlesWithin } from "../../platform/waiting.ts";
import { parseIni } from "../config/dialect/ini.ts";
import { readConfigFile } from "../config/store/config-file.ts";
import { partOf } from "../config/store/names.ts";
import type { ChildRecord } from "../driver/child-record.ts";
import type { Adopted, LaunchRequest, RunningTunnel, TunnelDriver } from "../driver/driver.ts";
import { createPortClaims } from "../driver/port-claims.ts";
import { type AllDriverParts, kindOf, RECORDED_KIND, TUNNEL_KINDS, type TunnelKind } from "../kinds.ts";

interface DriversParts extends Omit<AllDriverParts, "claims" | "logsInUse"> {
  /** Whether a port belongs to another tunnel than `owner` (a config with suffix), which may not run at the moment. */
  readonly isReserved: (port: number, owner: string) => boolean;
  /** Runs a driver's work in the name of a config, with suffix: a fault of it is known to be that tunnel's. */
  readonly workFor: <Result>(config: string, work: () => Result) => Result;
  /** Notes on disk that a config is being started; what it gives is called when that is over. */
  readonly noteStart: (config: string) => () => void;
}

/** For so long a start counts as under way, where nothing tells that it is over. */
const STARTING_MS = 10_000;

export type Drivers = ReturnType<typeof createDrivers>;

/** Has each tunnel carried by the driver of its kind, which is loaded for the first of them. */
export function createDrivers(parts: DriversParts) {
  const claims = createPortClaims(parts.isReserved);
  const shared: AllDriverParts = { ...parts, claims, logsInUse: new Set<string>() };
  const loaded = new Map<TunnelKind, Promise<TunnelDriver>>();
  for (const kind of TUNNEL_KINDS) kind.removeLeftovers?.(parts);

  return {
    /**
     * Starts a tunnel by the driver of the config that carries it; see `TunnelDriver.launch`.
     * @throws Failure as `TunnelDriver.launch`, and `config-not-found`, `file-unusable`, `config-invalid`.
     */
    async launch(request: LaunchRequest): Promise<RunningTunnel> {
      const driver = await load(kindOfConfig(request.carrier ?? request.config));
      LOOP_WATCH.enter(partOf(request.config));
      const over = parts.noteStart(request.config);
      try {
        const running = await parts.workFor(request.config, () => driver.launch(request));
        const settled = settlesWithin(Promise.race([running.ready, running.ended]), STARTING_MS);
        letGo(partOf(request.config), settled.then(over, over));
        return running;
      } catch (error) {
        over();
        throw error;
      }
    },
    /**
     * Looks whether a tunnel that is up could listen where its config says; nothing is started, stopped or claimed for it.
     * @throws Failure `address-in-use` naming who has the address, `config-not-found`, `file-unusable`, `config-invalid`.
     */
    async checkOwnAddresses(config: string): Promise<void> {
      const { loadWaysIn } = await import("../config/tunnel-config.ts");
      const { listeners } = loadWaysIn(parts.configs.find(config), parts);
      for (const listener of listeners) await claims.check(listener, config);
    },
    /** See `TunnelDriver.adopt`. */
    async adopt(record: ChildRecord): Promise<Adopted | undefined> {
      const driver = await load(RECORDED_KIND);
      return await parts.workFor(record.config, () => driver.adopt?.(record));
    },
    /** A tunnel is down and not meant to come back by itself: others may have its addresses. */
    releasePorts: claims.release,
    /** Whether a tunnel of this config ends with the daemon, and leaves no record. */
    endsWithDaemon(config: string): boolean {
      return attemptOr(false, () => kindOfConfig(config).endsWithDaemon);
    },
  };

  /** @throws Failure `config-not-found`, `file-unusable`, `config-invalid`. */
  function kindOfConfig(config: string): TunnelKind {
    const file = parts.configs.find(config);
    return kindOf(parseIni(readConfigFile(file).text, basename(file)));
  }

  /** A failure, as where no descriptor is free, is not remembered. */
  function load(kind: TunnelKind): Promise<TunnelDriver> {
    return loaded.getOrInsertComputed(kind, () =>
      kind.loadDriver(shared).catch((error) => {
        loaded.delete(kind);
        throw error;
      }),
    );
  }
}
