import { beginConversation, type Conversation } from "../conversation.ts";
import { formatHostAndPort, type HostAndPort } from "../host-and-port.ts";
import { type ProxyAddress, ProxyError } from "./proxy-address.ts";

/** The heads of all answers together may have so many bytes, as many as common servers take. */
const HEAD_BYTES = 16 * 1024;
const PROXY_AUTHENTICATION_REQUIRED = 407;

/**
 * Connects to `target` through an HTTP proxy by CONNECT, RFC 9110 section 9.3.6, with the credentials as Basic.
 * @param milliseconds for connecting and for all that is taken from the conversation.
 * @returns a conversation with the target.
 * @throws ProxyError where the proxy refuses, Error beyond the deadline, or the system's.
 */
export async function connectThroughHttp(
  proxy: ProxyAddress,
  target: HostAndPort,
  milliseconds: number,
): Promise<Conversation> {
  return await beginConversation(proxy, milliseconds, async (conversation) => {
    conversation.send(new TextEncoder().encode(buildRequest(proxy, target)));
    checkStatus(await takeStatus(conversation), proxy);
  });
}

function buildRequest(proxy: ProxyAddress, target: HostAndPort): string {
  const authority = formatHostAndPort(target);
  const credentials = Buffer.from(`${proxy.username}:${proxy.password}`).toString("base64");
  return [
    `CONNECT ${authority} HTTP/1.1`,
    `Host: ${authority}`,
    ...(hasCredentials(proxy) ? [`Proxy-Authorization: Basic ${credentials}`] : []),
    "\r\n",
  ].join("\r\n");
}

/** Every 2xx means that the target's bytes begin behind the head, whatever length the head tells. */
function checkStatus(status: number, proxy: ProxyAddress): void {
  if (status >= 200 && status <= 299) return;
  if (status !== PROXY_AUTHENTICATION_REQUIRED) throw new ProxyError(`answered ${status}`);
  throw new ProxyError(hasCredentials(proxy) ? "credentials not accepted" : "asks for credentials");
}

function hasCredentials({ username, password }: ProxyAddress): boolean {
  return username !== "" || password !== "";
}

/** Reads up to the end of the final answer's head; answers with 1xx come before it. */
async function takeStatus(conversation: Conversation): Promise<number> {
  let bytesLeft = HEAD_BYTES;
  for (;;) {
    const status = Number(/^HTTP\/1\.[01] ([1-9]\d\d)(?: .*)?$/.exec(await takeLine())?.[1]);
    if (Number.isNaN(status)) throw new ProxyError("does not speak HTTP");
    while ((await takeLine()) !== "");
    if (status >= 200) return status;
  }

  async function takeLine(): Promise<string> {
    const line = await conversation.takeLine(bytesLeft);
    bytesLeft -= line.length + 1;
    return new TextDecoder("latin1").decode(line);
  }
}
