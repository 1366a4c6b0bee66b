import type { Endpoint } from "../codec/message.ts";
import { DialError } from "./dialer.ts";

/**
 * Refuses a host that no resolver knows and that would break a proxy's request apart: an empty one, or one with anything
 * but visible ASCII characters. @throws DialError
 */
export function checkTarget(target: Endpoint): void {
  if (!/^[!-~]+$/.test(target.host)) throw new DialError("invalid host name");
}
