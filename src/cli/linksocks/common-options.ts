import { readFileSync } from "node:fs";
import type { DestinationOptions } from "../../linksocks/exit/destinations.ts";
import { parseDestinationRule } from "../../net/destination-rule.ts";
import type { ProxyCredentials } from "../../net/proxy/proxy-request.ts";
import { Failure, orFileUnusable } from "../../platform/failure.ts";
import type { FlagValues } from "./flags/flag-values.ts";

// Options that clients and servers have in common.

/**
 * The token that the user gave: by `--token-file`, by `--token`, or in the environment. Empty where there is none.
 * @throws Failure `usage` for both flags at once or an empty file, `file-unusable` for one that cannot be read.
 */
export function readToken(values: FlagValues<"token" | "token-file">): string {
  const file = values.text("token-file");
  if (file === "") return values.text("token");
  if (values.isGiven("token")) {
    throw new Failure("usage", "--token and --token-file exclude each other", { hint: "give one of them" });
  }
  const hint = "--token-file needs a file that this user may read";
  const token = orFileUnusable(`cannot read the token from ${file}`, hint, () => readFileSync(file, "utf8")).trim();
  if (token === "") throw new Failure("usage", `${file} holds no token`, { hint: "write the token into it" });
  return token;
}

/** RFC 1929 section 2: each has one byte for its length. */
const LONGEST_CREDENTIAL = 255;

/** A host to listen on; an IPv6 address may stand in brackets. */
export function readHost(text: string): string {
  return text.replace(/^\[(.*)\]$/, "$1");
}

/** What a SOCKS5 port asks for. @throws Failure `usage` for what no client could ever say. */
export function readCredentials(values: FlagValues<"socks-username" | "socks-password">): ProxyCredentials {
  return { username: read("socks-username"), password: read("socks-password") };

  function read(flag: "socks-username" | "socks-password"): string {
    const text = values.text(flag);
    if (Buffer.byteLength(text) <= LONGEST_CREDENTIAL) return text;
    throw new Failure("usage", `--${flag} is longer than ${LONGEST_CREDENTIAL} bytes, which SOCKS5 cannot carry`, {
      hint: "choose a shorter one",
    });
  }
}

/**
 * Where an exit may lead by `--allow` and `--deny`. A command line is its owner's own, so it reaches this machine as well.
 * @throws Failure `usage`
 */
export function readDestinations(values: FlagValues<"allow" | "deny">): DestinationOptions {
  return { allow: readRules("allow"), deny: readRules("deny"), isConfined: false };

  function readRules(flag: "allow" | "deny"): readonly string[] {
    const rules = values.list(flag).flatMap((text) => text.split(","));
    const faulty = rules.find((text) => parseDestinationRule(text) === undefined);
    if (faulty === undefined) return rules;
    throw new Failure("usage", `invalid --${flag}: ${JSON.stringify(faulty)}`, {
      hint: "a range (10.0.0.0/8), an address, a name or *, with :PORT behind it or not; [fd00::/8]:443 for IPv6",
    });
  }
}

/** What is said where a role is no exit. */
export function warnOfDestinations(values: FlagValues<"allow" | "deny">, why: string): readonly string[] {
  return (["allow", "deny"] as const)
    .filter((flag) => values.isGiven(flag))
    .map((flag) => `--${flag} has no effect ${why}`);
}
