import { isSameSecret } from "../../platform/same-secret.ts";
import type { HostAndPort } from "../host-and-port.ts";
import {
  decodeSocksAddress,
  encodeSocksReply,
  SOCKS_COMMAND,
  SOCKS_METHOD,
  SOCKS_PASSWORD_VERSION,
  SOCKS_REPLY,
  SOCKS_VERSION,
} from "./socks-codec.ts";

/** What a SOCKS5 client asks for, RFC 1928 section 4. For `udp-associate` the target is where datagrams come from. */
export interface SocksRequest {
  readonly command: "connect" | "udp-associate";
  readonly target: HostAndPort;
}

/** What became of the bytes so far. */
export interface SocksProgress {
  /** What to send to the client now; may be empty. */
  readonly reply: Uint8Array;
  /** Nothing more is expected of this client: close it after the reply. */
  readonly isRefused: boolean;
  /** The whole request, once it is there, and the bytes that came after it. */
  readonly request: SocksRequest | undefined;
  readonly rest: Uint8Array;
}

export interface SocksCredentials {
  /** One that is set is asked for, even alone; both empty: nobody is asked. */
  readonly username: string;
  readonly password: string;
}

/** No conversation up to the request is longer: 257 + 513 + 262 bytes. */
const LONGEST_HANDSHAKE = 1_032;

/**
 * The server's half of a SOCKS5 handshake, RFC 1928 and RFC 1929, up to the client's request.
 * @returns a function that takes the bytes as they come.
 */
export function acceptSocks(credentials: SocksCredentials): (bytes: Uint8Array) => SocksProgress {
  const needsPassword = credentials.username !== "" || credentials.password !== "";
  let stage: "greeting" | "password" | "request" = "greeting";
  let unread = Buffer.alloc(0);

  return (bytes) => {
    unread = Buffer.concat([unread, bytes]);
    const replies: number[] = [];
    for (;;) {
      const step = stage === "greeting" ? greet() : stage === "password" ? checkPassword() : readRequest();
      if (step === "short") {
        if (unread.length <= LONGEST_HANDSHAKE) return progress(replies);
        return progress([...replies, ...encodeSocksReply(SOCKS_REPLY.generalFailure)], { isRefused: true });
      }
      replies.push(...step.reply);
      if (step.isRefused || step.request !== undefined) return progress(replies, { ...step, rest: unread });
    }
  };

  function greet(): SocksProgress | "short" {
    const [version, count] = unread;
    if (version === undefined) return "short";
    if (version !== SOCKS_VERSION || count === 0) return refuse(encodeSocksReply(SOCKS_REPLY.generalFailure));
    if (count === undefined || unread.length < 2 + count) return "short";
    const methods = take(2 + count).subarray(2);
    // An open port takes any password of a client that offers nothing else.
    if (!needsPassword && methods.includes(SOCKS_METHOD.none)) {
      stage = "request";
      return progress([SOCKS_VERSION, SOCKS_METHOD.none]);
    }
    if (!methods.includes(SOCKS_METHOD.password)) return refuse([SOCKS_VERSION, SOCKS_METHOD.notAcceptable]);
    stage = "password";
    return progress([SOCKS_VERSION, SOCKS_METHOD.password]);
  }

  function checkPassword(): SocksProgress | "short" {
    const [version, nameLength] = unread;
    if (version !== undefined && version !== SOCKS_PASSWORD_VERSION) return refuse([SOCKS_PASSWORD_VERSION, 1]);
    if (nameLength === undefined) return "short";
    const passwordLength = unread[2 + nameLength];
    if (passwordLength === undefined || unread.length < 3 + nameLength + passwordLength) return "short";
    const given = take(3 + nameLength + passwordLength);
    const isName = isSameSecret(given.subarray(2, 2 + nameLength), credentials.username);
    const isPassword = isSameSecret(given.subarray(3 + nameLength), credentials.password);
    if (needsPassword && !(isName && isPassword)) return refuse([SOCKS_PASSWORD_VERSION, 1]);
    stage = "request";
    return progress([SOCKS_PASSWORD_VERSION, 0]);
  }

  function readRequest(): SocksProgress | "short" {
    const [version, command] = unread;
    if (version !== undefined && version !== SOCKS_VERSION) return refuse(encodeSocksReply(SOCKS_REPLY.generalFailure));
    const target = decodeSocksAddress(unread.subarray(3));
    if (target === "short") return "short";
    if (target === "unknown") return refuse(encodeSocksReply(SOCKS_REPLY.addressTypeNotSupported));
    if (target === "invalid") return refuse(encodeSocksReply(SOCKS_REPLY.hostUnreachable));
    take(3 + target.byteLength);
    const { host, port } = target;
    if (command === SOCKS_COMMAND.connect)
      return progress([], { request: { command: "connect", target: { host, port } } });
    if (command !== SOCKS_COMMAND.udpAssociate) return refuse(encodeSocksReply(SOCKS_REPLY.commandNotSupported));
    return progress([], { request: { command: "udp-associate", target: { host, port } } });
  }

  function take(count: number): Buffer {
    const taken = unread.subarray(0, count);
    unread = unread.subarray(count);
    return taken;
  }
}

function progress(reply: Iterable<number>, more: Partial<SocksProgress> = {}): SocksProgress {
  return { isRefused: false, request: undefined, rest: new Uint8Array(0), ...more, reply: new Uint8Array(reply) };
}

function refuse(reply: Iterable<number>): SocksProgress {
  return progress(reply, { isRefused: true });
}
