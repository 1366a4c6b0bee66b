import type { ProxyAddress } from "../../net/proxy-address.ts";
import { ADDRESS_TYPE, encodeSocksHost, encodeSocksText } from "../../net/socks-codec.ts";
import type { Endpoint } from "../codec/message.ts";
import { checkTarget } from "./check-target.ts";
import { dialThroughProxy, type ProxyConversation } from "./dial-through-proxy.ts";
import { DialError, type Dialer } from "./dialer.ts";

const VERSION = 5;
const NO_AUTHENTICATION = 0;
const BY_PASSWORD = 2;
const CONNECT = 1;
const IP_BYTES: { readonly [type: number]: number } = { [ADDRESS_TYPE.ipv4]: 4, [ADDRESS_TYPE.ipv6]: 16 };

/** The replies of RFC 1928 section 6. */
const REFUSALS: { readonly [reply: number]: string } = {
  1: "upstream proxy: general failure",
  2: "not allowed by the upstream proxy",
  3: "network is unreachable",
  4: "no route to host",
  5: "connection refused",
  6: "timed out",
  7: "upstream proxy: command not supported",
  8: "upstream proxy: address type not supported",
};

/**
 * Dials through a SOCKS5 proxy, which resolves the names; RFC 1928, and RFC 1929 where a username or a password is given.
 * Reference page linksocks.md section 8.1.
 */
export function createSocksDialer(upstream: ProxyAddress): Dialer {
  return {
    async dial(target, listener) {
      checkTarget(target);
      return await dialThroughProxy(upstream, listener, (proxy) => askForTarget(proxy, upstream, target));
    },
  };
}

async function askForTarget(proxy: ProxyConversation, upstream: ProxyAddress, target: Endpoint): Promise<void> {
  await authenticate(proxy, upstream);
  proxy.send(new Uint8Array([VERSION, CONNECT, 0, ...encodeHost(target.host), target.port >> 8, target.port & 0xff]));
  const [version, reply = 0xff] = await proxy.take(2);
  if (version !== VERSION) throw new DialError("upstream proxy: does not speak SOCKS5");
  if (reply !== 0) throw new DialError(REFUSALS[reply] ?? `upstream proxy: failure ${reply}`);
  const [, type = 0] = await proxy.take(2);
  const addressBytes = type === ADDRESS_TYPE.name ? (await proxy.take(1))[0] : IP_BYTES[type];
  if (addressBytes === undefined) throw new DialError("upstream proxy: does not speak SOCKS5");
  await proxy.take(addressBytes + 2);
}

async function authenticate(proxy: ProxyConversation, { username, password }: ProxyAddress): Promise<void> {
  const hasCredentials = username !== "" || password !== "";
  proxy.send(new Uint8Array([VERSION, 1, hasCredentials ? BY_PASSWORD : NO_AUTHENTICATION]));
  const [version, method] = await proxy.take(2);
  if (version !== VERSION) throw new DialError("upstream proxy: does not speak SOCKS5");
  // Some take whom they know by other means, and do not say that they were offered something else.
  if (method === NO_AUTHENTICATION) return;
  if (!hasCredentials) throw new DialError("upstream proxy: asks for credentials");
  if (method !== BY_PASSWORD) throw new DialError("upstream proxy: takes no credentials");
  proxy.send(new Uint8Array([1, ...encodeSocksText(username), ...encodeSocksText(password)]));
  if ((await proxy.take(2))[1] !== 0) throw new DialError("upstream proxy: credentials not accepted");
}

/** The protocol's IPv6 addresses have no zone; the proxy's resolver knows it as part of a name. */
function encodeHost(host: string): readonly number[] {
  return host.includes("%") ? [ADDRESS_TYPE.name, ...encodeSocksText(host)] : encodeSocksHost(host);
}
