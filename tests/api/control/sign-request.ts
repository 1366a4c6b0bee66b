import { createHash, createHmac, hkdfSync } from "node:crypto";

/** A request as far as it is signed; docs/protocols/control.md, Signing. */
interface SignedRequest {
  readonly method: string;
  /** Path and query as sent. */
  readonly target: string;
  readonly body: Uint8Array;
}

/** Signs a request as a client does that has only read the description. @param at milliseconds since the epoch. */
export function signRequest(
  secret: Uint8Array,
  { method, target, body }: SignedRequest,
  at: number,
  nonce = crypto.randomUUID().replaceAll("-", ""),
) {
  const key = hkdfSync("sha256", secret, new Uint8Array(), "remcli-control-v1", 32);
  const digest = createHash("sha256").update(body).digest("hex");
  const signature = createHmac("sha256", new Uint8Array(key)).update(
    `${method}\n${target}\n${at}\n${nonce}\n${digest}`,
  );
  return { "x-remcli-ts": String(at), "x-remcli-nonce": nonce, "x-remcli-sig": signature.digest("hex") };
}
