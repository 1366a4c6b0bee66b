import { formatHostAndPort } from "../../net/host-and-port.ts";
import { Failure } from "../../platform/failure.ts";
import { findHolder, type ListenAddress, whyNotBindable } from "../../platform/network/listeners.ts";
import { tunnelNameOf } from "../config/store/names.ts";

/** The ports of 127.0.0.1 from which tunnels get one where their config's own is taken. */
export interface PortRange {
  readonly from: number;
  readonly to: number;
}

const INFO_PORTS: PortRange = { from: 20_000, to: 29_999 };
const INFO_TRIES = 20;

export type PortClaims = ReturnType<typeof createPortClaims>;

/**
 * Which of our tunnels has which address, from before its process opens it: two that start at the same moment must not
 * both find it free.
 * @param reserved ports that tunnels without a process will want back.
 */
export function createPortClaims(reserved: (port: number, owner: string) => boolean) {
  const owners = new Map<string, string>();
  /** The key of each tunnel's health port. */
  const infoPorts = new Map<string, string>();

  return { check, claim, tryClaim, claimFromRange, claimInfoPort, release };

  /** Whether `owner` has an address or could have it now; it is not claimed. @throws Failure as `claim`. */
  async function check(address: ListenAddress, owner: string): Promise<void> {
    const tunnel = owners.get(keyOf(address));
    if (tunnel === owner) return;
    const code = tunnel === undefined ? await whyNotBindable(address) : undefined;
    const refusal = tunnel === undefined ? code && { code } : { tunnel };
    if (refusal) throw describeRefusal(address, refusal);
  }

  /** @throws Failure `address-in-use` naming the address and who has it, where that is known. */
  async function claim(address: ListenAddress, owner: string): Promise<void> {
    const refusal = await take(address, owner);
    if (refusal !== undefined) throw describeRefusal(address, refusal);
  }

  /** Whether it could be claimed now; it then is. */
  async function tryClaim(address: ListenAddress, owner: string): Promise<boolean> {
    return (await take(address, owner)) === undefined;
  }

  async function take(address: ListenAddress, owner: string): Promise<Refusal | undefined> {
    const key = keyOf(address);
    const tunnel = owners.get(key) ?? owner;
    if (tunnel !== owner) return { tunnel };
    // Claimed before the look, during which another start may come.
    owners.set(key, owner);
    const code = await whyNotBindable(address);
    if (code === undefined) return undefined;
    owners.delete(key);
    return { code };
  }

  /** The first free port of the range. @throws Failure `address-in-use` where there is none. */
  async function claimFromRange(range: PortRange, owner: string): Promise<number> {
    for (let port = range.from; port <= range.to; port += 1) {
      if (!reserved(port, owner) && (await tryClaim(loopback(port), owner))) return port;
    }
    throw new Failure("address-in-use", `no port from ${range.from} to ${range.to} is free`, {
      hint: "widen tunnels' port range in config.yaml: socks.from and socks.to",
    });
  }

  /**
   * A port for the health server of a tunnel's next process, in place of the one that it had for the last. The range lies
   * outside those that systems give to outgoing connections.
   */
  async function claimInfoPort(owner: string): Promise<number | undefined> {
    owners.delete(infoPorts.get(owner) ?? "");
    const span = INFO_PORTS.to - INFO_PORTS.from + 1;
    for (let attempt = 0; attempt < INFO_TRIES; attempt += 1) {
      const port = INFO_PORTS.from + Math.floor(Math.random() * span);
      const key = keyOf(loopback(port));
      // Not even its own: one of its listeners is about to open it.
      if (owners.has(key) || reserved(port, owner) || !(await tryClaim(loopback(port), owner))) continue;
      infoPorts.set(owner, key);
      return port;
    }
    return undefined;
  }

  /** Everything that a tunnel has claimed is free for others. */
  function release(owner: string): void {
    for (const [key, name] of owners) if (name === owner) owners.delete(key);
    infoPorts.delete(owner);
  }
}

/** Another tunnel has the address, or the system refuses it with a code. */
type Refusal = { readonly tunnel: string } | { readonly code: string };

function describeRefusal(address: ListenAddress, refusal: Refusal): Failure {
  const shown = formatHostAndPort(address);
  if ("tunnel" in refusal) {
    return new Failure("address-in-use", `${shown} is already in use by the tunnel ${tunnelNameOf(refusal.tunnel)}`, {
      hint: "bring that one down, or give one of them another BindAddress",
    });
  }
  if (refusal.code !== "EADDRINUSE") {
    return new Failure("address-in-use", `cannot listen on ${shown}: ${refusal.code}`, {
      hint: "choose a BindAddress of this machine and a port of 1024 or more",
    });
  }
  const holder = findHolder(address);
  const by = holder === undefined ? "" : ` by process ${holder.pid} (${holder.name})`;
  return new Failure("address-in-use", `${shown} is already in use${by}`, {
    hint: "stop that program, or choose another BindAddress",
  });
}

function loopback(port: number): ListenAddress {
  return { transport: "tcp", host: "127.0.0.1", port };
}

function keyOf(address: ListenAddress): string {
  return `${address.transport} ${formatHostAndPort(address)}`;
}
