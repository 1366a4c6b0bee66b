import type { LaunchRequest } from "../driver/driver.ts";
import type { PortClaims, PortRange } from "../driver/port-claims.ts";
import type { SocksSettings } from "./socks-section.ts";

/** Claims where a client has to listen. @throws Failure `address-in-use`. */
export async function placeSocks(
  socks: SocksSettings,
  { placement, config: owner }: Pick<LaunchRequest, "placement" | "config">,
  { claims, range }: { readonly claims: PortClaims; readonly range: PortRange },
): Promise<SocksSettings> {
  if (placement.kind === "any") {
    if (await claims.tryClaim(socks, owner)) return socks;
    return { ...socks, host: "127.0.0.1", port: await claims.claimFromRange(range, owner) };
  }
  const wanted = placement.kind === "port" ? { ...socks, port: placement.port } : socks;
  await claims.claim(wanted, owner);
  return wanted;
}
