import { endpointFigures } from "../../http/endpoint-figures.ts";
import { type Figure, renderFigures, type Sample } from "../../http/figures.ts";
import { type DaemonEntry, type StatusDocument, type TunnelEntry, tunnelSchema } from "../schemas.ts";

/** Events that came over the control door since the daemon started; those of a repeated request count again. */
export interface Published {
  readonly accepted: number;
  readonly rejected: number;
}

/**
 * What Prometheus reads, in its text format 0.0.4.
 * @param requests served so far, by door.
 * @param now milliseconds since the epoch.
 */
export function renderMetrics(
  { daemon, events, tunnels, endpoints }: StatusDocument,
  requests: Readonly<Record<string, number>>,
  published: Published,
  now: number,
): string {
  const { state, health } = tunnelSchema.entries;
  const { version, implementation } = daemon;
  const memory = daemon.memory ?? undefined;
  const figures: readonly Figure[] = [
    ["build_info", "The daemon's version.", [{ labels: { version, implementation }, value: 1 }]],
    ["start_time_seconds", "When the daemon started, since the epoch.", Date.parse(daemon.startedAt) / 1000],
    ["resident_memory_bytes", "Memory of the daemon, with pages of its executable.", memory?.residentBytes],
    ["anonymous_memory_bytes", "Memory that is the daemon's alone.", memory?.anonymousBytes],
    [
      "newer_program",
      "1 while another program lies in the place of the daemon's.",
      Number(daemon.newerProgram === true),
    ],
    ["requests_total", "Requests served.", labelled("door", requests)],
    ["loop_longest_turn_seconds", "The longest turn of the event loop, by who caused it.", turns(daemon.loop)],
    ["faults_total", "Defects of wpdaemon that have shown, by part.", labelled("part", daemon.faults?.byPart ?? {})],
    ["events_published_total", "Events that were published over the control door and accepted.", published.accepted],
    ["events_rejected_total", "Events that were published over the control door and rejected.", published.rejected],
    ["stream_open", "1 while the event stream takes clients.", Number((events?.url ?? null) !== null)],
    ["stream_clients", "Clients of the event stream.", events?.clients ?? 0],
    ["tunnel_state", "1 for the state that a tunnel is in.", words(tunnels, "state", state.options)],
    ["tunnel_health", "1 for the health that a tunnel has.", words(tunnels, "health", health.options)],
    ["tunnel_restarts_total", RESTARTS, each(tunnels, ({ restarts }) => restarts)],
    [
      "tunnel_sent_bytes_total",
      "Bytes sent since the tunnel's process started.",
      each(tunnels, ({ traffic }) => traffic?.sent),
    ],
    [
      "tunnel_received_bytes_total",
      "Bytes received since the tunnel's process started.",
      each(tunnels, ({ traffic }) => traffic?.received),
    ],
    [
      "tunnel_sent_bytes_per_second",
      "Bytes sent a second, between the last two looks.",
      each(tunnels, ({ traffic }) => traffic?.sentPerSecond ?? undefined),
    ],
    [
      "tunnel_received_bytes_per_second",
      "Bytes received a second, between the last two looks.",
      each(tunnels, ({ traffic }) => traffic?.receivedPerSecond ?? undefined),
    ],
    [
      "tunnel_up_seconds",
      "How long the tunnel's process has run.",
      each(tunnels, ({ startedAt }) => ageInSeconds(startedAt, now)),
    ],
    [
      "tunnel_config_changed",
      "1 while its config is not what it was brought up with.",
      each(tunnels, ({ configChanged }) => Number(configChanged === true)),
    ],
    [
      "tunnel_last_handshake_age_seconds",
      "Time since the peer's last handshake.",
      each(tunnels, ({ traffic }) => ageInSeconds(traffic?.handshakeAt ?? null, now)),
    ],
    ...(endpoints === undefined ? [] : endpointFigures(endpoints)),
  ];
  return renderFigures("wpdaemon_", figures);
}

const RESTARTS = "Restarts by the daemon itself since the tunnel was brought up.";

function turns(loop: DaemonEntry["loop"]): readonly Sample[] {
  const known = { start: loop?.longestTurn, recently: loop?.recentTurn };
  return Object.entries(known).flatMap(([since, turn]) =>
    turn == null ? [] : [{ labels: { since, part: turn.part }, value: turn.milliseconds / 1000 }],
  );
}

function labelled(label: string, figures: Readonly<Record<string, number>>): readonly Sample[] {
  return Object.entries(figures).map(([word, value]) => ({ labels: { [label]: word }, value }));
}

/** One sample for each word that a tunnel could have, so that a query finds 0 where it has another. */
function words(tunnels: readonly TunnelEntry[], label: "state" | "health", all: readonly string[]): readonly Sample[] {
  return tunnels.flatMap((tunnel) =>
    all.map((word) => ({ labels: { tunnel: tunnel.name, [label]: word }, value: tunnel[label] === word ? 1 : 0 })),
  );
}

function each(tunnels: readonly TunnelEntry[], read: (tunnel: TunnelEntry) => number | undefined): readonly Sample[] {
  return tunnels.flatMap((tunnel) => {
    const value = read(tunnel);
    return value === undefined ? [] : [{ labels: { tunnel: tunnel.name }, value }];
  });
}

function ageInSeconds(isoTime: string | null, now: number): number | undefined {
  return isoTime === null ? undefined : Math.max(0, now - Date.parse(isoTime)) / 1000;
}
