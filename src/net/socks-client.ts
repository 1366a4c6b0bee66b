import { type Conversation, openConversation } from "./conversation.ts";
import type { HostAndPort } from "./host-and-port.ts";
import { encodeSocksHost, encodeSocksText } from "./socks-codec.ts";

export interface SocksProxy {
  readonly host: string;
  readonly port: number;
  readonly username?: string | undefined;
  readonly password?: string | undefined;
}

const VERSION = 5;
const NO_AUTHENTICATION = 0;
const BY_PASSWORD = 2;
const CONNECT = 1;
const ADDRESS_BYTES: { readonly [type: number]: number } = { 1: 4, 4: 16 };
const NAME = 3;

/**
 * Connects to `target` through a SOCKS5 proxy, which resolves the name; RFC 1928, and RFC 1929 where a username is given.
 * @param milliseconds for the connecting and for all that follows on the wire.
 * @returns a wire to the target. @throws Error for every refusal, beyond the deadline, or the system's.
 */
export async function connectThroughSocks(
  proxy: SocksProxy,
  target: HostAndPort,
  milliseconds: number,
): Promise<Conversation> {
  const wire = await openConversation(proxy, milliseconds);
  try {
    await authenticate(wire, proxy);
    wire.send(
      new Uint8Array([VERSION, CONNECT, 0, ...encodeSocksHost(target.host), target.port >> 8, target.port & 0xff]),
    );
    const [, reply = 0xff, , type = 0] = await wire.take(4);
    if (reply !== 0) throw new Error(`refused with code ${reply}`);
    const addressBytes = type === NAME ? (await wire.take(1))[0] : ADDRESS_BYTES[type];
    if (addressBytes === undefined) throw new Error("not a SOCKS5 reply");
    await wire.take(addressBytes + 2);
    return wire;
  } catch (error) {
    wire.close();
    throw error;
  }
}

async function authenticate(wire: Conversation, { username, password = "" }: SocksProxy): Promise<void> {
  const methods = username === undefined ? [NO_AUTHENTICATION] : [NO_AUTHENTICATION, BY_PASSWORD];
  wire.send(new Uint8Array([VERSION, methods.length, ...methods]));
  const [version, method] = await wire.take(2);
  if (version !== VERSION) throw new Error("not a SOCKS5 reply");
  if (method === NO_AUTHENTICATION) return;
  if (method !== BY_PASSWORD || username === undefined) throw new Error("no way to authenticate");
  wire.send(new Uint8Array([1, ...encodeSocksText(username), ...encodeSocksText(password)]));
  if ((await wire.take(2))[1] !== 0) throw new Error("username or password refused");
}
