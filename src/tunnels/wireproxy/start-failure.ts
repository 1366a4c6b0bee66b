import { Failure, systemCode } from "../../platform/failure.ts";
import { followLog } from "../driver/log-follower.ts";

/**
 * Why a child ended before it accepted, by the last that its log says: then nobody else could have written into it yet.
 * Clients of the line protocol compare the words up to the log's path; the reason stands in brackets behind it.
 * @returns undefined where the log tells nothing.
 */
export function explainStartFailure(log: string): Failure | undefined {
  const follower = followLog(log);
  const cause = findCause(follower.read());
  follower.close();
  return cause && describeStartFailure(log, cause);
}

/** A child that the system did not even start. */
export function refusedBySystem(log: string, program: string, error: unknown): Failure {
  const hint = "wpdaemon doctor tells what is wrong with the program";
  const message = `the system does not run ${program}: ${systemCode(error) ?? "unknown reason"}`;
  return describeStartFailure(log, new Failure("start-failed", message, { hint, cause: error }));
}

function describeStartFailure(log: string, cause: Failure): Failure {
  const message = `WireProxy failed to start. Check log: ${log} (${cause.message})`;
  return new Failure("start-failed", message, { hint: cause.hint, cause });
}

function findCause(lines: readonly string[]): Failure | undefined {
  const said = lines.flatMap((line) => FATAL.exec(line)?.[1] ?? []);
  // What a program says of a fault of its own stands before a long trace.
  const words = said.at(-1) ?? lines.flatMap((line) => CRASH.exec(line)?.[0] ?? [])[0];
  if (words === undefined || KEY.test(words)) return undefined;
  const [, name, rest = ""] = /^lookup (\S+?)(?: on \S+)?: (.*)$/.exec(words) ?? [];
  if (name !== undefined) {
    const hint = "check Endpoint, and this machine's network and name server";
    return new Failure("name-unknown", `the peer's name ${name} cannot be looked up: ${rest}`, { hint });
  }
  if (/^listen \S+: lookup localhost/i.test(words)) {
    return new Failure("start-failed", words, { hint: "write 127.0.0.1 in place of localhost in BindAddress" });
  }
  const [, address, why] = /^listen (?:tcp|udp)[46]? (\S+): (?:bind: )?(.*)$/.exec(words) ?? [];
  if (address === undefined) return new Failure("start-failed", words);
  const hint = address.startsWith(":")
    ? "end what has this UDP port, or remove ListenPort"
    : "end what has the address, or give the listener another one in BindAddress";
  return new Failure("start-failed", `it cannot listen on ${address}: ${why}`, { hint });
}

/** What wireproxy says last is dated and has no level; WireGuard's own lines begin with one. */
const FATAL = /^\d{4}\/\d\d\/\d\d \d\d:\d\d:\d\d (.+)$/;
const CRASH = /^(?:panic|fatal error|runtime): .+$/;
/** wireproxy repeats a key that it cannot read. */
const KEY = /[A-Za-z0-9+/_-]{32}/;
