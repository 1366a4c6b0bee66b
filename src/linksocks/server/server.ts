import { Failure } from "../../platform/failure.ts";
import type { ServerOptions } from "../options.ts";
import type { TokenRegistry } from "./tokens.ts";

export interface LinkSocksServer {
  /** Where the WebSocket endpoint and the API listen. */
  readonly port: number;
  readonly tokens: TokenRegistry;
  /** Closes everything; may be called twice. */
  stop(): Promise<void>;
}

/**
 * Starts a LinkSocks server without any token; reference page linksocks.md sections 3 to 6.
 * @throws Failure `address-in-use`, `usage`.
 */
export async function startServer(_options: ServerOptions): Promise<LinkSocksServer> {
  throw new Failure("internal", "not built yet");
}
