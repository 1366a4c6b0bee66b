import type { TunnelEntry } from "../../api/control/schemas.ts";
import { formatAction, type Paint, paintHealth } from "./status-text.ts";

/** A tunnel that was brought up, for a person: what it is, where its proxies listen, where its log lies. */
export function formatTunnel(tunnel: TunnelEntry, paint: Paint): string {
  const { name, state, pid, ready, socks, http, log, health, reason } = tunnel;
  const process = pid === null ? "" : `, process ${pid}`;
  const lines = [`${state} ${name}${process}${ready ? "" : " (it does not accept connections yet)"}`];
  if (socks !== null) lines.push(`socks5  ${socks}`);
  if (http !== null) lines.push(`http    ${http}`);
  if (log !== null) lines.push(`log     ${log}`);
  if (health === "degraded" || health === "down") lines.push(`health  ${paintHealth(health, paint)}: ${reason}`);
  return [...lines, ...formatAction(tunnel, paint)].join("\n");
}
