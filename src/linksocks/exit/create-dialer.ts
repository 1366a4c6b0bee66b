import type { ProxyAddress } from "../../net/proxy-address.ts";
import { createDirectDialer } from "./dial-directly.ts";
import { createHttpDialer } from "./dial-through-http.ts";
import { createSocksDialer } from "./dial-through-socks.ts";
import type { Dialer } from "./dialer.ts";

/** The way to targets that the user has chosen: through `upstream`, or directly where there is none. */
export function createDialer(upstream: ProxyAddress | undefined): Dialer {
  if (upstream === undefined) return createDirectDialer();
  return upstream.kind === "socks5" ? createSocksDialer(upstream) : createHttpDialer(upstream);
}
