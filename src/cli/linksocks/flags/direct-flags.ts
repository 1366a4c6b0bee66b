import type { Flag } from "./flag.ts";

// LinkSocks' direct connections between provider and connector (UDP, QUIC) do not exist here. Whoever asks for what works
// by relay as well is served so, and told.

export const CLIENT_DIRECT_FLAGS = [
  {
    name: "direct-mode",
    kind: "text",
    value: "MODE",
    choices: ["auto", "relay-only", "direct-only"],
    fallback: "auto",
    meaning: "All traffic is relayed; direct-only is refused",
  },
  {
    name: "direct-discovery",
    kind: "text",
    value: "HOW",
    choices: ["stun", "server", "auto"],
    fallback: "stun",
    meaning: "How a direct address would be found",
  },
  {
    name: "direct-host-candidates",
    kind: "text",
    value: "WHEN",
    choices: ["auto", "never", "always"],
    fallback: "auto",
    meaning: "When own addresses would be offered",
  },
  { name: "stun-server", kind: "list", value: "HOST:PORT", meaning: "A STUN server; repeatable" },
  {
    name: "direct-only-action",
    kind: "text",
    value: "ACTION",
    choices: ["exit", "refuse"],
    fallback: "exit",
    meaning: "What direct-only would do without a connection",
  },
  { name: "direct-upnp", kind: "switch", meaning: "Ask the router for a port" },
  { name: "direct-upnp-lease", kind: "text", value: "TIME", fallback: "30m", meaning: "For how long" },
  { name: "direct-upnp-keep", kind: "switch", meaning: "Keep it after the end" },
  { name: "direct-upnp-external-port", kind: "text", value: "PORT", fallback: "0", meaning: "Which port; 0 for any" },
] as const satisfies readonly Flag[];

export const SERVER_DIRECT_FLAGS = [
  { name: "direct-enable", kind: "switch", meaning: "Help clients to connect directly" },
  { name: "direct-rendezvous-udp", kind: "switch", meaning: "Tell them their addresses" },
  { name: "direct-rendezvous-host", kind: "text", value: "HOST", meaning: "Where, by UDP" },
  { name: "direct-rendezvous-port", kind: "text", value: "PORT", meaning: "Where, by UDP" },
] as const satisfies readonly Flag[];
