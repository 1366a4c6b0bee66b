import { generateKeyPairSync, sign } from "node:crypto";

/** A key pair, and the request to have it certified. */
export interface SigningRequest {
  /** PEM, SEC 1. */
  readonly key: string;
  /** PEM, PKCS #10. */
  readonly csr: string;
}

/**
 * Makes a new key on P-384 and a certification request for it (RFC 2986): the subject has an organization and no common
 * name, docs/protocols/endpoints.md#registration. Neither Bun nor WebCrypto makes one.
 */
export function createSigningRequest(): SigningRequest {
  const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "secp384r1" });
  const info = sequence(VERSION_0, SUBJECT, publicKey.export({ type: "spki", format: "der" }), NO_ATTRIBUTES);
  const signature = sign("sha384", info, privateKey);
  const request = sequence(info, ECDSA_WITH_SHA384, encode(BIT_STRING, new Uint8Array([0]), signature));
  return {
    key: privateKey.export({ type: "sec1", format: "pem" }).toString(),
    csr: `-----BEGIN CERTIFICATE REQUEST-----\n${wrap(request.toBase64())}\n-----END CERTIFICATE REQUEST-----\n`,
  };
}

/** Tags of DER, ITU-T X.690. */
const [BIT_STRING, OBJECT_IDENTIFIER, PRINTABLE_STRING, SEQUENCE, SET] = [0x03, 0x06, 0x13, 0x30, 0x31];

const VERSION_0 = new Uint8Array([0x02, 0x01, 0x00]);
const NO_ATTRIBUTES = new Uint8Array([0xa0, 0x00]);
/** 1.2.840.10045.4.3.3, RFC 5758 section 3.2. */
const ECDSA_WITH_SHA384 = sequence(
  encode(OBJECT_IDENTIFIER, new Uint8Array([0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x03])),
);
/** 2.5.4.10, RFC 4519 section 2.19. */
const ORGANIZATION = encode(OBJECT_IDENTIFIER, new Uint8Array([0x55, 0x04, 0x0a]));
const NAME = encode(PRINTABLE_STRING, new TextEncoder().encode("ngrok-forward-proxy"));
const SUBJECT = sequence(encode(SET, sequence(ORGANIZATION, NAME)));

function sequence(...parts: readonly Uint8Array[]): Uint8Array {
  return encode(SEQUENCE, ...parts);
}

function encode(tag: number, ...parts: readonly Uint8Array[]): Uint8Array {
  const content = Buffer.concat(parts);
  return Buffer.concat([new Uint8Array([tag, ...encodeLength(content.length)]), content]);
}

/** Up to 65,535, which no request reaches. */
function encodeLength(length: number): readonly number[] {
  if (length < 0x80) return [length];
  return length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
}

/** 64 columns, as PEM has it (RFC 7468 section 2). */
function wrap(base64: string): string {
  return base64.replace(/.{64}(?=.)/g, "$&\n");
}
