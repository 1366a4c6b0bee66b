import { generateKeyPairSync } from "node:crypto";

/** A new WireGuard key pair, both halves in base64 (X25519, RFC 7748). */
export function generateKeys(): { readonly privateKey: string; readonly publicKey: string } {
  const pair = generateKeyPairSync("x25519");
  // DER puts a fixed head before the 32 bytes of the key.
  return {
    privateKey: pair.privateKey.export({ type: "pkcs8", format: "der" }).subarray(-32).toString("base64"),
    publicKey: pair.publicKey.export({ type: "spki", format: "der" }).subarray(-32).toString("base64"),
  };
}
