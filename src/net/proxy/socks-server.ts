import { isSameSecret } from "../../platform/same-secret.ts";
import { areNeeded, makeProgress, type ProxyCredentials, type ProxyProgress, refuse } from "./proxy-request.ts";
import {
  decodeSocksAddress,
  encodeSocksReply,
  SOCKS_COMMAND,
  SOCKS_METHOD,
  SOCKS_PASSWORD_VERSION,
  SOCKS_REPLY,
  SOCKS_VERSION,
} from "./socks-codec.ts";

/** No conversation up to the request is longer: 257 + 513 + 262 bytes. */
const LONGEST_HANDSHAKE = 1_032;

/**
 * The server's half of a SOCKS5 handshake, RFC 1928 and RFC 1929, up to the client's request.
 * @returns a function that takes the bytes as they come.
 */
export function acceptSocks(credentials: ProxyCredentials): (bytes: Uint8Array) => ProxyProgress {
  const needsPassword = areNeeded(credentials);
  let stage: "greeting" | "password" | "request" = "greeting";
  let unread = Buffer.alloc(0);

  return (bytes) => {
    unread = Buffer.concat([unread, bytes]);
    const replies: number[] = [];
    for (;;) {
      const step = stage === "greeting" ? greet() : stage === "password" ? checkPassword() : readRequest();
      if (step === "short") {
        if (unread.length <= LONGEST_HANDSHAKE) return makeProgress(replies);
        return makeProgress([...replies, ...encodeSocksReply(SOCKS_REPLY.generalFailure)], { isRefused: true });
      }
      replies.push(...step.reply);
      if (step.isRefused || step.request !== undefined) return makeProgress(replies, { ...step, rest: unread });
    }
  };

  function greet(): ProxyProgress | "short" {
    const [version, count] = unread;
    if (version === undefined) return "short";
    if (version !== SOCKS_VERSION || count === 0) return refuse(encodeSocksReply(SOCKS_REPLY.generalFailure));
    if (count === undefined || unread.length < 2 + count) return "short";
    const methods = take(2 + count).subarray(2);
    // An open port takes any password of a client that offers nothing else.
    if (!needsPassword && methods.includes(SOCKS_METHOD.none)) {
      stage = "request";
      return makeProgress([SOCKS_VERSION, SOCKS_METHOD.none]);
    }
    if (!methods.includes(SOCKS_METHOD.password)) return refuse([SOCKS_VERSION, SOCKS_METHOD.notAcceptable]);
    stage = "password";
    return makeProgress([SOCKS_VERSION, SOCKS_METHOD.password]);
  }

  function checkPassword(): ProxyProgress | "short" {
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
    return makeProgress([SOCKS_PASSWORD_VERSION, 0]);
  }

  function readRequest(): ProxyProgress | "short" {
    const [version, command] = unread;
    if (version !== undefined && version !== SOCKS_VERSION) return refuse(encodeSocksReply(SOCKS_REPLY.generalFailure));
    const target = decodeSocksAddress(unread.subarray(3));
    if (target === "short") return "short";
    if (target === "unknown") return refuse(encodeSocksReply(SOCKS_REPLY.addressTypeNotSupported));
    if (target === "invalid") return refuse(encodeSocksReply(SOCKS_REPLY.hostUnreachable));
    take(3 + target.byteLength);
    const { host, port } = target;
    const asked = { protocol: "socks5", target: { host, port } } as const;
    if (command === SOCKS_COMMAND.connect) return makeProgress([], { request: { command: "connect", ...asked } });
    if (command !== SOCKS_COMMAND.udpAssociate) return refuse(encodeSocksReply(SOCKS_REPLY.commandNotSupported));
    return makeProgress([], { request: { command: "udp-associate", ...asked } });
  }

  function take(count: number): Buffer {
    const taken = unread.subarray(0, count);
    unread = unread.subarray(count);
    return taken;
  }
}
