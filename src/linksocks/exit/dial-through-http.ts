import { formatHostAndPort } from "../../net/host-and-port.ts";
import type { ProxyAddress } from "../../net/proxy-address.ts";
import type { Endpoint } from "../codec/message.ts";
import { checkTarget } from "./check-target.ts";
import { dialThroughProxy, type ProxyConversation } from "./dial-through-proxy.ts";
import { DialError, type Dialer } from "./dialer.ts";

/** Of one answer's head; as much as common servers take. */
const HEAD_BYTES = 16 * 1024;
const PROXY_AUTHENTICATION_REQUIRED = 407;

/** Dials through an HTTP proxy by CONNECT, RFC 9110 section 9.3.6. Reference page linksocks.md section 8.1. */
export function createHttpDialer(upstream: ProxyAddress): Dialer {
  return {
    async dial(target, listener) {
      checkTarget(target);
      return await dialThroughProxy(upstream, listener, (proxy) => askForTarget(proxy, upstream, target));
    },
  };
}

async function askForTarget(proxy: ProxyConversation, upstream: ProxyAddress, target: Endpoint): Promise<void> {
  proxy.send(new TextEncoder().encode(buildRequest(upstream, target)));
  const status = await takeStatus(proxy);
  // Every 2xx means that the tunnel begins behind the head, whatever length the head tells.
  if (status >= 200 && status <= 299) return;
  if (status !== PROXY_AUTHENTICATION_REQUIRED) throw new DialError(`upstream proxy: answered ${status}`);
  const isKnown = hasCredentials(upstream);
  throw new DialError(isKnown ? "upstream proxy: credentials not accepted" : "upstream proxy: asks for credentials");
}

function buildRequest(upstream: ProxyAddress, target: Endpoint): string {
  const authority = formatHostAndPort(target);
  const credentials = Buffer.from(`${upstream.username}:${upstream.password}`).toString("base64");
  return [
    `CONNECT ${authority} HTTP/1.1`,
    `Host: ${authority}`,
    ...(hasCredentials(upstream) ? [`Proxy-Authorization: Basic ${credentials}`] : []),
    "\r\n",
  ].join("\r\n");
}

function hasCredentials({ username, password }: ProxyAddress): boolean {
  return username !== "" || password !== "";
}

/** Of the final answer; those with 1xx come before it. */
async function takeStatus(proxy: ProxyConversation): Promise<number> {
  for (let room = HEAD_BYTES; ; ) {
    const head = await proxy.takeHead(room);
    const status = Number(/^HTTP\/1\.[01] ([1-9]\d\d)(?: .*)?\r?\n/.exec(head)?.[1]);
    if (Number.isNaN(status)) throw new DialError("upstream proxy: does not speak HTTP");
    if (status >= 200) return status;
    room -= head.length;
  }
}
