import { readFileSync } from "node:fs";
import { attemptOr } from "../../../platform/failure.ts";

/**
 * Whether the wireproxy at `path` opens the UDP port of a SOCKS5 association (RFC 1928, section 7) on all addresses, to
 * anybody: 1.1.3 and older do, by a fault of their library, whose version Go writes into the program.
 */
export function opensUdpToAll(path: string): boolean {
  return attemptOr(false, () => readFileSync(path).includes(FAULTY));
}

const FAULTY = "github.com/things-go/go-socks5\tv0.0.";

/** What its owner should know of such a program, and what to do. */
export const UDP_EXPOSURE = {
  message: "a SOCKS client that asks for UDP has this wireproxy open a UDP port on all addresses, to anybody",
  hint: "use no client that does UDP over SOCKS, or have a firewall drop UDP from outside; a release after 1.1.3 will mend it",
} as const;
