import { formatHostAndPort } from "../../net/host-and-port.ts";
import type { ListenAddress } from "../../platform/network/listeners.ts";
import { deriveConfig } from "../config/derive.ts";
import type { Listener } from "../config/listeners.ts";
import { loadConfig, loadWaysIn, parseOptions, parseStartable, type StartableConfig } from "../config/tunnel-config.ts";
import type { DriverParts, LaunchRequest } from "../driver/driver.ts";
import { placeListeners } from "../driver/place-listeners.ts";
import { parseWireproxyConfig } from "./config/config.ts";
import type { WireguardSettings } from "./config/wireguard-sections.ts";

export interface PreparedStart {
  /** What will run. */
  readonly config: StartableConfig<WireguardSettings>;
  readonly configFile: string;
  /** The text to run in place of the config's own. */
  readonly derived: string | undefined;
  readonly socks: Listener | undefined;
  readonly http: Listener | undefined;
  /** It will listen where its config says. */
  readonly ownAddress: boolean;
  /** The config's own UDP port, where somebody else has it and the system chooses one. */
  readonly takenListenPort: number | undefined;
}

type PrepareParts = Pick<DriverParts, "configs" | "environment" | "mayBeOpen" | "claims" | "range">;

/**
 * Finds out what to run for a request: the config, or one derived from it where a port has to be another, or another
 * config's peer has to carry it. Claims every address for the tunnel.
 * @throws Failure `config-not-found`, `config-invalid`, `address-in-use`, `file-unusable`.
 */
export async function prepareStart(request: LaunchRequest, parts: PrepareParts): Promise<PreparedStart> {
  const { configs } = parts;
  const configFile = configs.find(request.config);
  const whole = request.carrier === null ? loadConfig(configFile, parseWireproxyConfig, parts) : undefined;
  const { text, listeners } = whole ?? loadWaysIn(configFile, parts);
  const placed = await placeListeners(listeners, request, parts);
  const moves = findMoves(listeners, placed);
  const addSocks5 = await extraAddress(request, listeners, parts);
  const carrier = request.carrier === null ? undefined : loadCarrier(configs.find(request.carrier));
  const takenListenPort = await findTakenListenPort((carrier ?? whole)?.wayOut, request.config, parts);
  if (whole !== undefined && moves.size === 0 && addSocks5 === undefined && takenListenPort === undefined) {
    return describe(whole, undefined);
  }
  const anyListenPort = takenListenPort !== undefined;
  const derived = deriveConfig(text, { file: configFile, moveListeners: moves, addSocks5, carrier, anyListenPort });
  return describe(parseStartable(derived, parseWireproxyConfig, parseOptions(configFile, parts)), derived);

  function loadCarrier(file: string) {
    const { text: carrierText, wayOut } = loadConfig(file, parseWireproxyConfig, parts);
    return { file, text: carrierText, wayOut };
  }

  function describe(config: StartableConfig<WireguardSettings>, derivedText: string | undefined): PreparedStart {
    return {
      config,
      configFile,
      derived: derivedText,
      socks: config.listeners.find(({ kind }) => kind === "socks5"),
      http: config.listeners.find(({ kind }) => kind === "http"),
      ownAddress: moves.size === 0,
      takenListenPort,
    };
  }
}

/** The new address of each listener that moves, by the line of its BindAddress. */
function findMoves(listeners: readonly Listener[], placed: readonly Listener[]): ReadonlyMap<number, string> {
  const moved = placed.filter((listener, index) => listener !== listeners[index]);
  return new Map(moved.map((listener) => [listener.line, formatHostAndPort(listener)]));
}

/**
 * Files for wg-quick often name a port that another tunnel of the same provider names too. Only where a peer has to call is it
 * of use; wireproxy then says that it is taken.
 */
async function findTakenListenPort(
  wayOut: WireguardSettings | undefined,
  owner: string,
  { claims }: PrepareParts,
): Promise<number | undefined> {
  if (wayOut === undefined || wayOut.listenPort === 0 || wayOut.isCalled) return undefined;
  const address: ListenAddress = { transport: "udp", host: "0.0.0.0", port: wayOut.listenPort };
  return (await claims.tryClaim(address, owner)) ? undefined : wayOut.listenPort;
}

async function extraAddress(
  { placement, config: owner }: LaunchRequest,
  listeners: readonly Listener[],
  { claims }: PrepareParts,
): Promise<string | undefined> {
  if (placement.kind !== "own" || placement.alsoOn === undefined) return undefined;
  const address: ListenAddress = { transport: "tcp", host: "127.0.0.1", port: placement.alsoOn };
  if (listeners.some(({ port }) => port === address.port)) return undefined;
  // A courtesy to those who know this port, and no reason to fail.
  return (await claims.tryClaim(address, owner)) ? formatHostAndPort(address) : undefined;
}
