import { systemCode } from "../../platform/failure.ts";
import { DialError } from "./dialer.ts";

/** What Bun calls the failures of connecting and of name resolution, and what we tell the other side. */
const TEXTS: { readonly [code: string]: string } = {
  // Bun tells most failures that come after the first packet, "no route to host" as well, as this one.
  ECONNREFUSED: "connection refused",
  ECONNRESET: "connection reset",
  ENETUNREACH: "network is unreachable",
  EHOSTUNREACH: "no route to host",
  ETIMEDOUT: "timed out",
  EACCES: "permission denied",
  EPERM: "permission denied",
  EADDRNOTAVAIL: "no local address fits",
  EINVAL: "invalid address",
  EMFILE: "too many open files",
  ENFILE: "too many open files",
  ENOTFOUND: "host not found",
  EAI_AGAIN: "name resolution failed",
};

/**
 * A failure to connect, in a short text that stays the same and names neither an address nor a secret.
 * @param subject stands before it: what could not be reached, where that is not the target itself.
 */
export function toDialError(error: unknown, subject = ""): DialError {
  if (error instanceof DialError) return error;
  return new DialError(subject + describe(error), { cause: error });
}

function describe(error: unknown): string {
  const code = systemCode(error);
  if (code !== undefined) return TEXTS[code] ?? "connection failed";
  return error instanceof Error && error.message === "timed out" ? "timed out" : "connection failed";
}
