import { basename } from "node:path";
import { readConfigFile } from "../config/config-file.ts";
import { kindOfText, type TunnelKind } from "../config/kind.ts";
import type { TunnelDriver } from "../driver/driver.ts";
import { createPortClaims } from "../driver/port-claims.ts";
import type { LinksocksDriverParts } from "../linksocks/driver.ts";
import { createWireproxyDriver, type DriverParts } from "../wireproxy/driver.ts";

export interface DispatchingParts extends Omit<DriverParts & LinksocksDriverParts, "claims" | "logsInUse"> {
  /** Whether a port belongs to another tunnel than `owner` (a config with suffix), which may not run at the moment. */
  readonly isReserved: (port: number, owner: string) => boolean;
}

/** Has each tunnel carried by what its config, or the config that carries it in its place, is for. */
export function createDispatchingDriver(parts: DispatchingParts): TunnelDriver {
  const shared = { ...parts, claims: createPortClaims(parts.isReserved), logsInUse: new Set<string>() };
  const wireproxy = createWireproxyDriver(shared);
  let linksocks: Promise<Pick<TunnelDriver, "launch">> | undefined;

  return {
    async launch(request) {
      const kind = kindOf(request.carrier ?? request.config);
      return await (kind === "wireproxy" ? wireproxy : await loadLinksocks()).launch(request);
    },
    // Only wireproxy's processes are on record.
    adopt: wireproxy.adopt,
    rest: wireproxy.rest,
    endsWithDaemon(config) {
      try {
        return kindOf(config) === "linksocks";
      } catch {
        return false;
      }
    },
  };

  /** @throws Failure `config-not-found`, `file-unusable`, `config-invalid`. */
  function kindOf(config: string): TunnelKind {
    const file = parts.configs.find(config);
    return kindOfText(readConfigFile(file).text, basename(file));
  }

  /** It costs memory that a daemon without such a tunnel does not spend. */
  function loadLinksocks(): Promise<Pick<TunnelDriver, "launch">> {
    linksocks ??= import("../linksocks/driver.ts").then(({ createLinksocksDriver }) => createLinksocksDriver(shared));
    return linksocks;
  }
}
