import { formatHostAndPort } from "../../net/host-and-port.ts";
import type { ListenAddress } from "../../platform/network/listeners.ts";
import { deriveConfig } from "../config/derive.ts";
import type { Environment } from "../config/section-reader.ts";
import type { ConfigStore } from "../config/store.ts";
import type { LaunchRequest } from "../driver/driver.ts";
import type { PortClaims, PortRange } from "../driver/port-claims.ts";
import { loadCarriedConfig } from "./config/carried-config.ts";
import type { Listener } from "./config/model.ts";
import { loadStartableConfig, parseStartableConfig, type StartableConfig } from "./config/startable-config.ts";

export interface PreparedStart {
  /** What will run. */
  readonly config: StartableConfig;
  readonly configFile: string;
  /** The text to run in place of the config's own. */
  readonly derived: string | undefined;
  readonly socks: Listener | undefined;
  readonly http: Listener | undefined;
  /** It will listen where its config says. */
  readonly ownAddress: boolean;
}

export interface PrepareParts {
  readonly configs: ConfigStore;
  readonly environment: Environment;
  readonly claims: PortClaims;
  readonly range: PortRange;
}

/**
 * Finds out what to run for a request: the config, or one derived from it where a port has to be another, or another
 * peer has to carry it. Claims every address for the tunnel.
 * @throws Failure `config-not-found`, `config-invalid`, `address-in-use`, `file-unusable`.
 */
export async function prepareStart(request: LaunchRequest, parts: PrepareParts): Promise<PreparedStart> {
  const configFile = parts.configs.find(request.config);
  const { environment } = parts;
  const whole = request.carrier === null ? loadStartableConfig(configFile, environment) : undefined;
  const { text, listeners } = whole ?? loadCarriedConfig(configFile, environment);
  const moves = await placeListeners(listeners, request, parts);
  const addSocks5 = await extraAddress(request, listeners, parts);
  if (whole !== undefined && moves.size === 0 && addSocks5 === undefined) return describe(whole, undefined);
  const carrier = request.carrier === null ? undefined : readCarrier(request.carrier, parts);
  const derived = deriveConfig(text, { file: configFile, moveListeners: moves, addSocks5, carrier });
  return describe(parseStartableConfig(derived, configFile, environment), derived);

  function describe(config: StartableConfig, derived: string | undefined): PreparedStart {
    return {
      config,
      configFile,
      derived,
      socks: config.listeners.find(({ kind }) => kind === "socks5"),
      http: config.listeners.find(({ kind }) => kind === "http"),
      ownAddress: moves.size === 0,
    };
  }
}

/** @returns the new address of each listener that moves, by the line of its BindAddress. */
async function placeListeners(
  listeners: readonly Listener[],
  { placement, config: owner }: LaunchRequest,
  { claims, range }: PrepareParts,
): Promise<ReadonlyMap<number, string>> {
  const moves = new Map<number, string>();
  const socks = listeners.find(({ kind }) => kind === "socks5");
  for (const listener of listeners) {
    const canMove = placement.kind !== "own" && (listener.kind === "socks5" || listener.kind === "http");
    if (listener === socks && placement.kind === "port") {
      const wanted: ListenAddress = { ...listener, port: placement.port };
      await claims.claim(wanted, owner);
      if (placement.port !== listener.port) moves.set(listener.line, formatHostAndPort(wanted));
    } else if (!canMove) {
      await claims.claim(listener, owner);
    } else if (!(await claims.tryClaim(listener, owner))) {
      const port = await claims.claimFromRange(range, owner);
      moves.set(listener.line, formatHostAndPort({ host: "127.0.0.1", port }));
    }
  }
  return moves;
}

async function extraAddress(
  { placement, config: owner }: LaunchRequest,
  listeners: readonly Listener[],
  { claims }: PrepareParts,
): Promise<string | undefined> {
  if (placement.kind !== "own" || placement.alsoOn === undefined) return undefined;
  const address: ListenAddress = { transport: "tcp", host: "127.0.0.1", port: placement.alsoOn };
  if (listeners.some(({ port }) => port === address.port)) return undefined;
  // Whoever knew this port would be glad of it, but it is no reason to fail.
  return (await claims.tryClaim(address, owner)) ? formatHostAndPort(address) : undefined;
}

function readCarrier(name: string, { configs, environment }: PrepareParts) {
  const file = configs.find(name);
  return { file, text: loadStartableConfig(file, environment).text };
}
