import * as v from "valibot";
import { type ProxyAddress, parseProxyAddress } from "../../net/proxy-address.ts";
import { Failure } from "../../platform/failure.ts";
import { readBoolean } from "../config/kind.ts";

// As with wireproxy's, each schema takes the text of a value; its messages continue a sentence that begins with the key's
// name, and never repeat the text.

/** Longest text that SOCKS5 and the protocol's one-byte lengths can carry. */
const MOST_BYTES = 255;

export const switchSchema = v.pipe(v.string(), v.transform(readBoolean), v.boolean("is neither true nor false"));

export const tokenSchema = v.pipe(
  v.string(),
  v.nonEmpty("is empty"),
  v.maxBytes(MOST_BYTES, `is longer than ${MOST_BYTES} bytes`),
);

export const credentialSchema = v.pipe(v.string(), v.maxBytes(MOST_BYTES, `is longer than ${MOST_BYTES} bytes`));

/** A server's URL, kept as written; the scheme may be missing. Reference page linksocks.md section 3.10. */
export const serverUrlSchema = v.pipe(
  v.string(),
  v.nonEmpty("is empty"),
  v.check((text) => parseServerUrl(text) !== undefined, "is not a URL of a LinkSocks server"),
);

export const proxySchema = v.pipe(
  v.string(),
  v.transform(readProxy),
  v.custom<ProxyAddress>((address) => address !== undefined, "is not the URL of a SOCKS5 or HTTP proxy"),
);

/** `Name: value`; RFC 9110 sections 5.1 and 5.5. */
export const headerSchema = v.pipe(
  v.string(),
  v.regex(/^[!#$%&'*+.^_`|~0-9A-Za-z-]+[ \t]*:[ \t]*[\t\x20-\x7e\x80-\xff]*$/, "is not a header: Name: value"),
  v.transform((text) => {
    const colon = text.indexOf(":");
    return { name: text.slice(0, colon).trim(), value: text.slice(colon + 1).trim() };
  }),
  v.check(({ name }) => !HANDSHAKE.test(name), "is a header that the WebSocket sets itself"),
);

function readProxy(text: string): ProxyAddress | undefined {
  try {
    return parseProxyAddress(text);
  } catch (error) {
    if (error instanceof Failure) return undefined;
    throw error;
  }
}

/** The URL that a text means; undefined where it is none. */
export function parseServerUrl(text: string): URL | undefined {
  const url = URL.parse(/^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `wss://${text}`);
  const isKnown = url !== null && /^(?:wss?|https?):$/.test(url.protocol) && url.hostname !== "";
  return isKnown ? url : undefined;
}

const HANDSHAKE =
  /^(?:connection|upgrade|content-length|transfer-encoding|sec-websocket-(?:key|version|extensions|accept))$/i;
