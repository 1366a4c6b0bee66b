import type { DaemonEntry, EventsEntry, StatusDocument, TunnelEntry } from "../../api/control/schemas.ts";
import { formatDuration } from "../duration.ts";
import type { Colour } from "./report.ts";
import { formatTable } from "./table.ts";

export type Paint = (text: string, colour: Colour) => string;

const COLOUR_OF_HEALTH: { readonly [health in TunnelEntry["health"]]: Colour } = {
  healthy: "green",
  degraded: "yellow",
  down: "red",
  idle: "dim",
};

/**
 * `status` for a person: the daemon in a line, a table of its tunnels, and what somebody should do about them.
 * @param now milliseconds since the epoch.
 */
export function formatStatus({ daemon, events, tunnels }: StatusDocument, now: number, paint: Paint): string {
  return [
    formatDaemon(daemon, now),
    ...(events === undefined ? [] : [formatEvents(events, paint)]),
    "",
    ...formatTunnels(tunnels, now, paint),
  ].join("\n");
}

/** A health word in its colour. */
export function paintHealth(health: TunnelEntry["health"], paint: Paint): string {
  return paint(health, COLOUR_OF_HEALTH[health]);
}

/** What a person should do about a tunnel, as a line. */
export function formatAction({ name, action }: TunnelEntry, paint: Paint): readonly string[] {
  return action === null ? [] : [`${paint("→", "yellow")} ${name}: ${action}`];
}

function formatDaemon({ version, state, address, pid, startedAt, memory }: DaemonEntry, now: number): string {
  const parts = [`wpdaemon ${version} ${state}`, address, `process ${pid}`, `up ${age(startedAt, now)}`];
  if (memory !== null) parts.push(`${(memory.residentBytes / 1e6).toFixed(1)} MB`);
  return parts.join(", ");
}

function formatEvents({ url, clients, fault }: EventsEntry, paint: Paint): string {
  const stream =
    url === null ? "event stream closed" : `event stream ${url}, ${clients} ${clients === 1 ? "listens" : "listen"}`;
  return fault === null ? stream : `${paint(stream, "yellow")}: ${fault}`;
}

function formatTunnels(tunnels: readonly TunnelEntry[], now: number, paint: Paint): readonly string[] {
  if (tunnels.length === 0) return ["no tunnels; bring one up with: wpdaemon up NAME"];
  const rows = tunnels.map(({ name, state, health, socks, pid, since, reason, carriedBy }) => [
    carriedBy === null ? name : `${name} (by ${carriedBy})`,
    state,
    paintHealth(health, paint),
    socks ?? "-",
    pid === null ? "-" : String(pid),
    age(since, now),
    reason,
  ]);
  const head = ["NAME", "STATE", "HEALTH", "SOCKS5", "PID", "SINCE", "REASON"];
  return [formatTable(head, rows), ...tunnels.flatMap((tunnel) => formatAction(tunnel, paint))];
}

function age(time: string, now: number): string {
  return formatDuration(now - Date.parse(time));
}
