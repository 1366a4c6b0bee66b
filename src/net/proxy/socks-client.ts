import { beginConversation, type Conversation } from "../conversation.ts";
import type { HostAndPort } from "../host-and-port.ts";
import { ProxyError } from "./proxy-address.ts";
import {
  encodeSocksAddress,
  encodeSocksText,
  SOCKS_ADDRESS_TYPE,
  SOCKS_COMMAND,
  SOCKS_METHOD,
  SOCKS_PASSWORD_VERSION,
  SOCKS_REFUSALS,
  SOCKS_REPLY,
  SOCKS_VERSION,
} from "./socks-codec.ts";

export interface SocksProxy extends HostAndPort {
  readonly username?: string | undefined;
  readonly password?: string | undefined;
}

const IP_BYTES: { readonly [type: number]: number } = { [SOCKS_ADDRESS_TYPE.ipv4]: 4, [SOCKS_ADDRESS_TYPE.ipv6]: 16 };

/**
 * Connects to `target` through a SOCKS5 proxy, which resolves the name; RFC 1928, and RFC 1929 where a username or a
 * password is given.
 * @param milliseconds for connecting and for all that is taken from the conversation.
 * @returns a conversation with the target.
 * @throws ProxyError where the proxy refuses, Error beyond the deadline, or the system's.
 */
export async function connectThroughSocks(
  proxy: SocksProxy,
  target: HostAndPort,
  milliseconds: number,
): Promise<Conversation> {
  return await beginConversation(proxy, milliseconds, async (conversation) => {
    await authenticate(conversation, proxy);
    await askForTarget(conversation, target);
  });
}

async function authenticate(conversation: Conversation, proxy: SocksProxy): Promise<void> {
  const { username = "", password = "" } = proxy;
  const hasCredentials = username !== "" || password !== "";
  conversation.send(new Uint8Array([SOCKS_VERSION, 1, hasCredentials ? SOCKS_METHOD.password : SOCKS_METHOD.none]));
  const [version, method] = await conversation.take(2);
  if (version !== SOCKS_VERSION) throw new ProxyError("does not speak SOCKS5");
  // Some take whom they know by other means, and do not say that they were offered something else.
  if (method === SOCKS_METHOD.none) return;
  if (!hasCredentials) throw new ProxyError("asks for credentials");
  if (method !== SOCKS_METHOD.password) throw new ProxyError("takes no credentials");
  const login = [SOCKS_PASSWORD_VERSION, ...encodeSocksText(username), ...encodeSocksText(password)];
  conversation.send(new Uint8Array(login));
  if ((await conversation.take(2))[1] !== 0) throw new ProxyError("credentials not accepted");
}

async function askForTarget(conversation: Conversation, target: HostAndPort): Promise<void> {
  conversation.send(new Uint8Array([SOCKS_VERSION, SOCKS_COMMAND.connect, 0, ...encodeSocksAddress(target)]));
  // A refusal may end behind its code.
  const [version, reply = 0xff] = await conversation.take(2);
  if (version !== SOCKS_VERSION) throw new ProxyError("does not speak SOCKS5");
  if (reply !== SOCKS_REPLY.succeeded) throw new ProxyError(SOCKS_REFUSALS[reply] ?? `failure ${reply}`, reply);
  const [, type = 0] = await conversation.take(2);
  const addressBytes = type === SOCKS_ADDRESS_TYPE.name ? (await conversation.take(1))[0] : IP_BYTES[type];
  if (addressBytes === undefined) throw new ProxyError("does not speak SOCKS5");
  await conversation.take(addressBytes + 2);
}
