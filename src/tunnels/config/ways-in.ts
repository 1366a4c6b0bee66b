import { foldCase } from "./dialect/ini.ts";

/** The sections that are ways into a tunnel, whatever its way out, and the keys of each. */
export const WAY_IN_KEYS = {
  Socks5: ["BindAddress", "Username", "Password"],
  http: ["BindAddress", "Username", "Password", "CertFile", "KeyFile"],
  SNI: ["BindAddress"],
  TCPClientTunnel: ["BindAddress", "Target"],
  UDPProxyTunnel: ["BindAddress", "Target", "InactivityTimeout"],
  TCPServerTunnel: ["ListenPort", "Target"],
  STDIOTunnel: ["Target"],
} as const satisfies Readonly<Record<string, readonly string[]>>;

export type WayIn = keyof typeof WAY_IN_KEYS;

export const WAYS_IN: readonly WayIn[] = Object.keys(WAY_IN_KEYS).filter(isWayIn);

/** Whether a section of that name is a way in; letter case does not count. */
export function isWayIn(name: string): name is WayIn {
  return Object.keys(WAY_IN_KEYS).some((known) => foldCase(known) === foldCase(name));
}
