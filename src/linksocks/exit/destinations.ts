import { findEmbeddedIPv4, withinRanges } from "../../net/address-range.ts";
import { type DestinationRule, parseDestinationRule } from "../../net/destination-rule.ts";
import type { HostAndPort } from "../../net/host-and-port.ts";
import { findDaemonPorts } from "../../platform/network/daemon-ports.ts";
import { isIPv4, unmapIPv4 } from "../../platform/network/ip-address.ts";
import { hasOwnAddress } from "../../platform/network/own-addresses.ts";
import { DialError, resolveHost } from "./resolve.ts";

/** Where an exit may lead; each text is one of `parseDestinationRule`. */
export interface DestinationOptions {
  /** Exceptions from what is denied. */
  readonly allow: readonly string[];
  readonly deny: readonly string[];
  /** This machine, its networks and every other private range are denied, unless a rule allows them. */
  readonly isConfined: boolean;
}

/** What an exit may reach. docs/protocols/linksocks.md#destinations. */
export type Destinations = ReturnType<typeof createDestinations>;

/** Denied to every exit: who is asked there trusts whoever can reach it, such as a cloud's metadata service. */
const LINK_LOCAL = ["169.254.0.0/16", "fe80::/10", "224.0.0.0/24", "ff02::/16", "fd00:ec2::254/128"];

/** Denied to a confined exit, beside this machine's own addresses. */
const INSIDE = [
  "0.0.0.0/8",
  "127.0.0.0/8",
  "10.0.0.0/8",
  "100.64.0.0/10",
  "172.16.0.0/12",
  "192.0.0.0/24",
  "192.168.0.0/16",
  "198.18.0.0/15",
  "224.0.0.0/3",
  "::/127",
  "64:ff9b:1::/48",
  "fc00::/7",
  "fec0::/10",
  "ff00::/8",
];

const NOT_ALLOWED = "not allowed by the exit";

export function createDestinations({ allow, deny, isConfined }: DestinationOptions) {
  const rules = [...readRules(deny, false), ...readRules(allow, true)];
  const isDenied = withinRanges(...LINK_LOCAL, ...(isConfined ? INSIDE : []));

  return {
    /**
     * The addresses of a TCP target that may be connected to, in the order in which they are to be tried.
     * @throws DialError where there is none.
     */
    async choose(target: HostAndPort): Promise<readonly string[]> {
      return await permitted(target, await resolveHost(target.host));
    },
    /**
     * Whether a target may be asked of a proxy, which resolves names itself: an address is judged by its ranges, and a
     * name where it stands for this machine, or the port is that of a daemon.
     * @throws DialError where it may not.
     */
    async admit(target: HostAndPort): Promise<void> {
      if (isResolvedHere(target.host)) await permitted(target, await resolveHost(target.host));
      else if (judge(target, undefined, []) === false) throw new DialError(NOT_ALLOWED);
      else if (findDaemonPorts().has(target.port)) {
        const addresses = await resolveHost(target.host).catch(() => []);
        if (addresses.some(isOwnAddress)) throw new DialError(NOT_ALLOWED);
      }
    },
    /** The address for a datagram, IPv4 first; undefined where none may be sent to. */
    async chooseForDatagram(target: HostAndPort): Promise<string | undefined> {
      try {
        const addresses = await permitted(target, await resolveHost(target.host), false);
        return addresses.find(isIPv4) ?? addresses[0];
      } catch {
        return undefined;
      }
    },
  };

  async function permitted(target: HostAndPort, addresses: readonly string[], isTcp = true) {
    const named = await resolveRuleNames(target.port);
    const found = addresses.filter((address) => isPermitted(target, address, named, isTcp));
    if (found.length === 0) throw new DialError(NOT_ALLOWED);
    return found;
  }

  function isPermitted(target: HostAndPort, address: string, named: NamedAddresses, isTcp: boolean): boolean {
    const isOwn = isOwnAddress(address);
    // A daemon's own doors trust this machine's users; no rule opens them to anybody else.
    if (isTcp && isOwn && findDaemonPorts().has(target.port)) return false;
    const judged = judge(target, address, named);
    if (judged !== undefined) return judged;
    const meant = [address, findEmbeddedIPv4(address) ?? address];
    return !(isConfined && isOwn) && !meant.some(isDenied);
  }

  /** What the narrowest rule that fits says; of two as narrow, the denial. Undefined where none fits. */
  function judge({ host, port }: HostAndPort, address: string | undefined, named: NamedAddresses): boolean | undefined {
    const name = host.toLowerCase().replace(/\.$/, "");
    let narrowest: JudgedRule | undefined;
    for (const rule of rules) {
      if (rule.port !== undefined && rule.port !== port) continue;
      if (!fits(rule)) continue;
      if (narrowest === undefined || rule.narrowness > narrowest.narrowness) narrowest = rule;
    }
    return narrowest?.isAllowed;

    function fits(rule: JudgedRule): boolean {
      if (rule.name === "*" || (rule.name !== "" && rule.name === name)) return true;
      if (rule.range === undefined)
        return named.some((one) => one.name === rule.name && one.addresses.some((known) => known === address));
      return rule.range.contains(address ?? host);
    }
  }

  /** A rule's name stands for its addresses too, whatever a target was called. */
  async function resolveRuleNames(port: number): Promise<NamedAddresses> {
    const names = rules.filter((rule) => rule.name !== "" && rule.name !== "*" && (rule.port ?? port) === port);
    if (names.length === 0) return [];
    return await Promise.all(
      names.map(async ({ name }) => ({ name, addresses: await resolveHost(name).catch(() => []) })),
    );
  }
}

/** The addresses of the names in rules. */
type NamedAddresses = readonly { readonly name: string; readonly addresses: readonly string[] }[];

interface JudgedRule extends DestinationRule {
  readonly isAllowed: boolean;
}

/** Whoever gave the rules has checked them. Denials come first, so that one wins over a permission as narrow. */
function readRules(texts: readonly string[], isAllowed: boolean): readonly JudgedRule[] {
  return texts.flatMap((text) => {
    const rule = parseDestinationRule(text);
    return rule === undefined ? [] : [{ ...rule, isAllowed }];
  });
}

const isHere = withinRanges("127.0.0.0/8", "0.0.0.0/8", "::/127");

function isOwnAddress(address: string): boolean {
  const meant = findEmbeddedIPv4(address) ?? unmapIPv4(address);
  return isHere(meant) || hasOwnAddress(meant);
}

/** An address, a number that the system takes for one (`127.1`, `0x7f000001`), or a name of this machine. */
function isResolvedHere(host: string): boolean {
  return /^(?:[\d.]+|[\da-fx.]*x[\da-fx.]*|.*:.*)$/i.test(host) || /(?:^|\.)localhost\.?$/i.test(host);
}
