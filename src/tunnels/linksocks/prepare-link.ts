import { Failure } from "../../platform/failure.ts";
import type { Listener } from "../config/listeners.ts";
import { loadConfig, loadWaysIn } from "../config/tunnel-config.ts";
import type { DriverParts, LaunchRequest } from "../driver/driver.ts";
import { placeListeners } from "../driver/place-listeners.ts";
import { parseLinksocksConfig } from "./config.ts";
import type { LinkSettings } from "./link-section.ts";

export interface PreparedLink {
  readonly link: LinkSettings;
  /** Where it will accept SOCKS, claimed for the tunnel; undefined for a provider. */
  readonly socks: Listener | undefined;
  readonly configFile: string;
  /** It will listen where its config says. */
  readonly ownAddress: boolean;
  /** What its owner should know although it starts, one line each. */
  readonly warnings: readonly string[];
}

/**
 * Finds out what to run for a request: the way to the server of the config, or of its carrier (failover), and the SOCKS
 * listener of the config, which may be of another kind. Claims its address for the tunnel.
 * @throws Failure `config-not-found`, `config-invalid`, `address-in-use`, `file-unusable`.
 */
export async function prepareLink(
  request: LaunchRequest,
  parts: Pick<DriverParts, "configs" | "environment" | "mayBeOpen" | "claims" | "range">,
): Promise<PreparedLink> {
  const { configs } = parts;
  const { config, carrier } = request;
  const configFile = configs.find(config);
  const whole = loadConfig(carrier === null ? configFile : configs.find(carrier), parseLinksocksConfig, parts);
  const { wayOut: link, warnings } = whole;
  const { listeners } = carrier === null ? whole : loadWaysIn(configFile, parts);
  const socks = listeners.filter(({ kind }) => kind === "socks5").slice(0, 1);
  if (carrier !== null && (link.isProvider || socks.length === 0)) {
    throw new Failure("config-invalid", `${carrier} cannot carry ${config}: one of them accepts no SOCKS`, {
      hint: "take it from the failover list in config.yaml",
    });
  }
  const [placed] = await placeListeners(socks, request, parts);
  return { link, socks: placed, configFile, ownAddress: placed === socks[0], warnings };
}
