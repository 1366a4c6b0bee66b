import type { DestinationOptions } from "../../linksocks/exit/destinations.ts";
import { parseDestinationRule } from "../../net/destination-rule.ts";
import { Failure } from "../../platform/failure.ts";
import type { FlagValues } from "./flags/flag-values.ts";

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
