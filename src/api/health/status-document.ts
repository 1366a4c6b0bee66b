import type { EndpointEntry, EndpointsDocument } from "../../endpoints/document.ts";

/**
 * `/status` of the health door: the members that ngrokd gives, and more, docs/protocols/endpoints.md#health.
 * @param now milliseconds since the epoch.
 */
export function describeHealth(
  document: EndpointsDocument,
  isHealthy: boolean,
  { version, now }: { readonly version: string; readonly now: () => number },
) {
  const { startedAt, failing, sources, warnings, endpoints } = document;
  const ngrok = sources.find(({ name }) => name === "ngrok");
  const uptime = Math.max(0, now() - Date.parse(startedAt)) / 1_000;
  return {
    healthy: isHealthy,
    ready: failing.length === 0,
    failing,
    uptime: formatGoDuration(uptime),
    uptime_seconds: uptime,
    start_time: startedAt,
    version,
    registered: ngrok?.registered ?? false,
    operator_id: ngrok?.operatorId ?? null,
    cert_not_after: ngrok?.certNotAfter ?? null,
    last_renewal_error: ngrok?.lastRenewalError ?? null,
    last_poll: ngrok?.lastPoll ?? null,
    last_poll_error: ngrok?.lastPollError ?? null,
    ingress: ngrok?.ingress ?? null,
    warnings,
    endpoints: Object.fromEntries(
      endpoints.map((endpoint) => [endpoint.ids[0] ?? endpoint.url, describeOne(endpoint)]),
    ),
  };
}

function describeOne(endpoint: EndpointEntry) {
  const { url, ids, hostname, listen, mode, state, reason, lastError, lastActivity } = endpoint;
  return {
    name: ids[0] ?? url,
    local_address: listen[0] ?? "",
    target_uri: url,
    active: state === "serving",
    connections: endpoint.connections,
    total_connections: endpoint.totalConnections,
    last_activity: lastActivity,
    errors: endpoint.errors,
    hostname,
    listen,
    mode,
    state,
    last_error: lastError?.message ?? reason,
    bytes_in: endpoint.bytesIn,
    bytes_out: endpoint.bytesOut,
  };
}

/** Seconds as Go's time.Duration prints them, to milliseconds: `2h15m30.5s`. */
function formatGoDuration(seconds: number): string {
  const whole = Math.floor(seconds);
  const [hours, minutes] = [Math.floor(whole / 3_600), Math.floor((whole % 3_600) / 60)];
  const rest = `${Number((seconds - hours * 3_600 - minutes * 60).toFixed(3))}s`;
  if (hours > 0) return `${hours}h${minutes}m${rest}`;
  return minutes > 0 ? `${minutes}m${rest}` : rest;
}
