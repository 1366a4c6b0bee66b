import { isSameSecret } from "../../../platform/same-secret.ts";
import {
  areNeeded,
  makeProgress,
  type ProxyAcceptor,
  type ProxyCredentials,
  type ProxyProgress,
  refuse,
} from "../proxy-request.ts";
import { HttpFault } from "./fields.ts";
import { createHeadReader, LONGEST_HEAD } from "./head-reader.ts";
import { encodeHttpReply, type HttpReplyStatus } from "./reply.ts";
import { parseRequest } from "./request.ts";

/**
 * The server's half of HTTP up to a request's empty line: CONNECT and absolute form, RFC 9112 section 3.2. What a browser
 * sends that takes this port for a web server (`GET /`) is refused.
 */
export function acceptHttp(credentials: ProxyCredentials): ProxyAcceptor {
  const reader = createHeadReader();
  return {
    take(bytes) {
      const progress = reader.take(bytes);
      switch (progress) {
        case "short":
          return makeProgress([]);
        case "too-long":
          return answer(431, `a request's head may have ${LONGEST_HEAD} bytes`);
        case "too-many":
          return answer(503, "too many requests have begun and not ended");
        case "malformed":
          return answer(400, "a line of the request does not end with CR LF");
        default:
          return readHead(progress.lines, progress.rest, credentials);
      }
    },
    drop: reader.drop,
  };
}

function readHead(lines: readonly string[], rest: Uint8Array, credentials: ProxyCredentials): ProxyProgress {
  try {
    const { request, authorization } = parseRequest(lines);
    if (areNeeded(credentials) && !isRight(authorization, credentials)) {
      return answer(407, "the proxy asks for a user name and a password");
    }
    return makeProgress([], { request, rest });
  } catch (error) {
    if (error instanceof HttpFault) return answer(400, error.message);
    throw error;
  }
}

/** RFC 7617 section 2. */
function isRight(authorization: string | undefined, { username, password }: ProxyCredentials): boolean {
  const [, encoded] = /^basic +([\w+/]*={0,2})$/i.exec(authorization ?? "") ?? [];
  if (encoded === undefined) return false;
  return isSameSecret(Buffer.from(encoded, "base64"), `${username}:${password}`);
}

function answer(status: HttpReplyStatus, sentence: string): ProxyProgress {
  return refuse(encodeHttpReply(status, sentence));
}
