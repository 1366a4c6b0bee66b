import type { HostAndPort } from "../../net/host-and-port.ts";
import type { Listener } from "../config/listeners.ts";
import type { LaunchRequest } from "./driver.ts";
import type { PortClaims, PortRange } from "./port-claims.ts";

/**
 * Claims every address where a tunnel has to listen.
 * @param range ports of 127.0.0.1 for SOCKS and HTTP proxies whose own is taken, where the request leaves the choice.
 * @returns the listeners, in their order, where they will be; one that stays is the same object.
 * @throws Failure `address-in-use`.
 */
export async function placeListeners(
  listeners: readonly Listener[],
  { placement, config: owner }: Pick<LaunchRequest, "placement" | "config">,
  { claims, range }: { readonly claims: PortClaims; readonly range: PortRange },
): Promise<readonly Listener[]> {
  const socks = listeners.find(({ kind }) => kind === "socks5");
  const placed: Listener[] = [];
  for (const listener of listeners) placed.push(await place(listener));
  return placed;

  async function place(listener: Listener): Promise<Listener> {
    const canMove = placement.kind !== "own" && (listener.kind === "socks5" || listener.kind === "http");
    if (listener === socks && placement.kind === "port") return await take(moveTo(listener, { port: placement.socks }));
    if (!canMove) return await take(listener);
    if (await claims.tryClaim(listener, owner)) return listener;
    return moveTo(listener, { host: "127.0.0.1", port: await claims.claimFromRange(range, owner) });
  }

  async function take(listener: Listener): Promise<Listener> {
    await claims.claim(listener, owner);
    return listener;
  }
}

function moveTo(listener: Listener, { host = listener.host, port }: Partial<HostAndPort> & { readonly port: number }) {
  return port === listener.port && host === listener.host ? listener : { ...listener, host, port };
}
