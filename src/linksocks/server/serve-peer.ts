import { letGo } from "../../platform/containment.ts";
import type { TrunkMessage } from "../channel/read-frame.ts";
import { CLIENT_HELLO, type ConnectMessage, type ConnectorMessage } from "../codec/message.ts";
import { type ExitOptions, serveConnect } from "../exit/serve-connect.ts";
import type { LogLine } from "../options.ts";
import type { Peer } from "./admit.ts";
import type { Peers } from "./peers.ts";
import { route } from "./route.ts";
import { type Token, TokenError, type TokenRegistry } from "./token-registry.ts";

interface ServeOptions extends Pick<ExitOptions, "allowsUdp"> {
  /** The way out of a token's clients. */
  readonly exitOf: (token: Token) => Pick<ExitOptions, "dial" | "destinations">;
  readonly log: LogLine;
  readonly peers: Peers;
  readonly tokens: TokenRegistry;
  /** How long a connector's request waits for a provider, in milliseconds. */
  readonly connectorWaitMs: number;
}

/**
 * Does what an authenticated client asks of its server, as far as its role allows it;
 * docs/protocols/linksocks.md#tokens.
 */
export function servePeer(peer: Peer, message: TrunkMessage, frame: Buffer, options: ServeOptions): void {
  switch (message.type) {
    case "connect":
      connect(peer, message, frame, options);
      break;
    case "connector":
      peer.trunk.send(manageConnector(peer, message, options));
      break;
    case "log":
      if (message.text === CLIENT_HELLO.text) peer.trunk.keepsWindows = true;
  }
}

function connect(peer: Peer, message: ConnectMessage, frame: Buffer, options: ServeOptions): void {
  const { trunk, role, token, address } = peer;
  const { exitOf, allowsUdp, peers, connectorWaitMs } = options;
  if (role === "client") {
    const tell = (text: string) => options.log("debug", `client from ${address} ${text}`);
    serveConnect(message, { trunk, ...exitOf(token), allowsUdp, gapMs: 0, tell });
  } else if (role === "connector" && message.resume) {
    trunk.send({ type: "disconnect", channel: message.channel, reason: "channel expired" });
  } else if (role === "connector") {
    const find = (signal: AbortSignal) => peers.providersFor(token).pick(connectorWaitMs, signal);
    letGo(trunk.link.part, route({ connector: trunk, message, frame, find }), trunk.link.terminate);
  } else {
    // A provider offers its own network; this server is not to lend it ours.
    trunk.refuse(message.channel, "a provider may not connect");
  }
}

/** A provider with autonomy adds and removes connector tokens, those of its own alone. */
function manageConnector({ role, token, instance }: Peer, message: ConnectorMessage, { tokens, peers }: ServeOptions) {
  const answer = { type: "connector-response", request: message.request } as const;
  if (role !== "provider" || !token.autonomy) {
    return { ...answer, success: false, error: "Unauthorized connector management attempt", token: "" };
  }
  try {
    if (message.operation === "add") {
      takeOver(message.token, token.text, { tokens, peers });
      const added = tokens.addConnector(message.token, token.text, instance);
      return { ...answer, success: true, error: "", token: added.text };
    }
    tokens.removeOwned(message.token, token.text, instance);
    return { ...answer, success: true, error: "", token: "" };
  } catch (error) {
    if (!(error instanceof TokenError)) throw error;
    return { ...answer, success: false, error: error.message, token: "" };
  }
}

/**
 * A provider that was started anew is another instance: what a former one has left behind is free for who knows its
 * name.
 */
function takeOver(text: string, reverseToken: string, { tokens, peers }: Pick<ServeOptions, "tokens" | "peers">): void {
  const known = tokens.findByText(text);
  if (known?.owner === undefined || known.reverseToken !== reverseToken) return;
  if (peers.countFor(known) === 0) tokens.removeOwned(text, reverseToken, known.owner);
}
