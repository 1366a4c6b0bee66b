import type { DaemonEntry, EventsEntry, StatusDocument, TunnelEntry } from "../../api/control/schemas.ts";
import { formatBytes, formatDuration, formatTable, toOneLine } from "./table.ts";
import type { Colour, Paint } from "./terminal.ts";

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
export function formatStatus(
  { daemon, events, tunnels, endpoints }: StatusDocument,
  now: number,
  paint: Paint,
): string {
  return [
    formatDaemon(daemon, now),
    ...(daemon.stateDetail === null ? [] : [`${paint("→", "yellow")} ${toOneLine(daemon.stateDetail)}`]),
    ...formatProgram(daemon, paint),
    ...formatNewerProgram(daemon, paint),
    ...formatFaults(daemon, paint),
    ...(events === undefined ? [] : [formatEvents(events, paint)]),
    ...(endpoints === undefined ? [] : [formatEndpoints(endpoints, paint)]),
    "",
    ...formatTunnels(tunnels, now, paint),
  ].join("\n");
}

/** The health of a tunnel in its colour. One that is not up has none, and is not called idle twice. */
export function describeHealth(state: TunnelEntry["state"], health: TunnelEntry["health"], paint: Paint): string {
  return state === "idle" ? "-" : paintHealth(health, paint);
}

function paintHealth(health: TunnelEntry["health"], paint: Paint): string {
  return paint(health, COLOUR_OF_HEALTH[health]);
}

/** What a person should do about a tunnel, as a line. */
function formatAction({ name, action }: TunnelEntry, paint: Paint): readonly string[] {
  return action === null ? [] : [`${paint("→", "yellow")} ${name}: ${toOneLine(action)}`];
}

/** A tunnel that was brought up: what it is, where its proxies listen, where its log lies. */
export function formatTunnel(tunnel: TunnelEntry, paint: Paint): string {
  const { name, state, pid, ready, socks, http, log, health, reason } = tunnel;
  const process = pid === null ? "" : `, process ${pid}`;
  const lines = [`${state} ${name}${process}${ready ? "" : " (it does not accept connections yet)"}`];
  if (socks !== null) lines.push(`socks5  ${socks}`);
  if (http !== null) lines.push(`http    ${http}`);
  if (log !== null) lines.push(`log     ${log}`);
  if (health === "degraded" || health === "down")
    lines.push(`health  ${paintHealth(health, paint)}: ${toOneLine(reason)}`);
  return [...lines, ...formatAction(tunnel, paint)].join("\n");
}

function formatDaemon({ version, state, address, pid, startedAt, memory }: DaemonEntry, now: number): string {
  const parts = [`wpdaemon ${version} ${state}`, address, `process ${pid}`, `up ${age(startedAt, now)}`];
  if (memory !== null) parts.push(`${(memory.residentBytes / 1e6).toFixed(1)} MB`);
  return parts.join(", ");
}

/** Only what is missing is told. */
function formatProgram({ program, programDownload, programFault }: DaemonEntry, paint: Paint): readonly string[] {
  if (program !== null) return [];
  if (programDownload != null) return [`wireproxy is being downloaded: ${describeDownload(programDownload)}`];
  return programFault == null ? [] : [`${paint("→", "yellow")} no wireproxy: ${toOneLine(programFault)}`];
}

/** A daemon replaces itself within two minutes, unless the new program has failed. */
function formatNewerProgram({ newerProgram }: DaemonEntry, paint: Paint): readonly string[] {
  if (newerProgram !== true) return [];
  return [`${paint("→", "yellow")} a newer program lies on disk, which takes over soon; at once with wpdaemon restart`];
}

/** A defect that has shown is one that somebody should report. */
function formatFaults({ faults, ends = [] }: DaemonEntry, paint: Paint): readonly string[] {
  const arrow = paint("→", "yellow");
  const count = Object.values(faults?.byPart ?? {}).reduce((sum, number) => sum + number, 0);
  const last = faults?.last;
  return [
    ...ends.slice(-1).map(({ detail }) => `${arrow} a daemon has ended by a fault of its own: ${toOneLine(detail)}`),
    ...(last == null
      ? []
      : [
          `${arrow} ${count} ${count === 1 ? "fault" : "faults"}, the last in ${last.part}: ${toOneLine(last.message)}`,
        ]),
  ];
}

/** How far a download is, as a person reads it. */
function describeDownload({ received, total }: NonNullable<DaemonEntry["programDownload"]>): string {
  const megabytes = (bytes: number) => (bytes / 1e6).toFixed(1);
  if (total === null || total === 0) return `${megabytes(received)} MB`;
  return `${Math.floor((100 * received) / total)} %, ${megabytes(received)} of ${megabytes(total)} MB`;
}

function formatEvents({ url, clients, fault }: EventsEntry, paint: Paint): string {
  const stream =
    url === null ? "event stream closed" : `event stream ${url}, ${clients} ${clients === 1 ? "listens" : "listen"}`;
  return fault === null ? stream : `${paint(stream, "yellow")}: ${toOneLine(fault)}`;
}

function formatEndpoints({ endpoints, failing }: NonNullable<StatusDocument["endpoints"]>, paint: Paint): string {
  const serving = endpoints.filter(({ state }) => state === "serving").length;
  const line = `endpoints ${serving} of ${endpoints.length} can be reached`;
  return failing[0] === undefined ? line : `${paint(line, "yellow")}: ${toOneLine(failing[0])}`;
}

/** Both directions together: how fast between the last two looks, and how much since its process started. */
function describeTraffic({ traffic }: TunnelEntry): string {
  if (traffic === null) return "-";
  const { sent, received, sentPerSecond, receivedPerSecond } = traffic;
  const rate = (sentPerSecond ?? 0) + (receivedPerSecond ?? 0);
  return `${formatBytes(rate)}/s, ${formatBytes(sent + received)}`;
}

/** The columns of the table of tunnels, by their heads. */
const COLUMNS: Readonly<Record<string, (tunnel: TunnelEntry, now: number, paint: Paint) => string>> = {
  NAME: ({ name, carriedBy, configChanged }) =>
    `${name}${carriedBy === null ? "" : ` (by ${carriedBy})`}${configChanged === true ? " (config changed)" : ""}`,
  STATE: ({ state }) => state,
  HEALTH: ({ state, health }, _, paint) => describeHealth(state, health, paint),
  SOCKS5: ({ socks }) => socks ?? "-",
  PID: ({ pid }) => (pid === null ? "-" : String(pid)),
  UP: ({ startedAt }, now) => (startedAt === null ? "-" : age(startedAt, now)),
  TRAFFIC: describeTraffic,
  HANDSHAKE: ({ traffic }, now) => (traffic?.handshakeAt == null ? "-" : age(traffic.handshakeAt, now)),
  RESTARTS: ({ restarts }) => String(restarts),
  REASON: ({ reason }) => reason,
};

function formatTunnels(tunnels: readonly TunnelEntry[], now: number, paint: Paint): readonly string[] {
  if (tunnels.length === 0) return ["no tunnels; bring one up with: wpdaemon up NAME"];
  const columns = Object.values(COLUMNS);
  const rows = tunnels.map((tunnel) => columns.map((describe) => describe(tunnel, now, paint)));
  return [formatTable(Object.keys(COLUMNS), rows), ...tunnels.flatMap((tunnel) => formatAction(tunnel, paint))];
}

function age(time: string, now: number): string {
  return formatDuration(now - Date.parse(time));
}
