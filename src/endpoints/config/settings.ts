import type { HostAndPort } from "../../net/host-and-port.ts";
import type { Secret } from "../../platform/secret.ts";
import type { EndpointAddress } from "../url.ts";

/** Everything that a configuration of endpoints says, whichever file it came from. Times are in milliseconds. */
export interface EndpointSettings {
  /** Undefined where no endpoints of ngrok are asked for. */
  readonly ngrok: NgrokSettings | undefined;
  readonly static: readonly StaticEndpoint[];
  readonly net: NetSettings;
  readonly hosts: { readonly enabled: boolean; readonly path: string; readonly cleanupOnExit: boolean };
  readonly health: { readonly address: HostAndPort; readonly requireEndpoints: boolean };
  readonly socket: { readonly path: string; readonly mode: number };
  /** Where addresses, ports and what else has to last are kept. */
  readonly stateFolder: string;
  readonly shutdownGraceMs: number;
}

export interface NgrokSettings {
  /** Without a slash at its end. */
  readonly apiUrl: string;
  readonly apiKey: Secret<string> | undefined;
  readonly region: string;
  /** Undefined: as the API has it, else ngrok's own. */
  readonly ingress: HostAndPort | undefined;
  /** PEM files with the authorities of the ingress; undefined for the bundled one. */
  readonly ingressCaFile: string | undefined;
  readonly ingressInsecure: boolean;
  readonly certificatePath: string;
  readonly keyPath: string;
  readonly operatorIdPath: string;
  readonly pollMs: number;
  readonly renewalCheckMs: number;
  /** CEL expressions, by which ngrok chooses among the endpoints of the account. */
  readonly selectors: readonly string[];
}

export interface StaticEndpoint {
  readonly address: EndpointAddress;
  readonly target: HostAndPort;
  /** The name of a tunnel; undefined: not through one. */
  readonly via: string | undefined;
}

export interface NetSettings {
  /** CIDR notation, IPv4. */
  readonly subnet: string;
  /** `virtual`, `0.0.0.0`, an IPv4 address, or the name of an interface. */
  readonly listen: string;
  /** The same for single names. */
  readonly overrides: ReadonlyMap<string, string>;
  readonly startPort: number;
  readonly interfaceName: string;
  /** Undefined: everybody may connect in network mode. */
  readonly allowCidrs: readonly string[] | undefined;
}
