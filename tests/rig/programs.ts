import { existsSync } from "node:fs";
import { join } from "node:path";

/** Those of another kind of machine, where its wpdaemon is tried. */
const PEERS = process.env["TEST_PEERS"] ?? join(import.meta.dir, "../../.tools/peers");

/** Our Go peer, by whose first argument the role is chosen. */
export const PEER = join(PEERS, "peers");

/** The stand-in for wireproxy. */
export const STAND_IN = join(PEERS, "wireproxy");

/** The wireproxies to test with: the stand-in always, a real one where there is one. */
export function findWireproxies(): readonly { readonly kind: string; readonly path: string }[] {
  const real = process.env["WPDAEMON_WIREPROXY"] ?? Bun.which("wireproxy");
  const found = [{ kind: "stand-in", path: STAND_IN }];
  if (real !== null && real !== undefined && existsSync(real)) found.push({ kind: "real wireproxy", path: real });
  return found;
}
