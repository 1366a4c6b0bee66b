import type { EndpointEntry } from "../document.ts";
import type { EndpointSource, SourceStatus } from "../endpoint.ts";
import type { FlowCounts } from "../forwarding/flows.ts";
import type { HostsReport } from "../hosts/hosts-file.ts";
import type { ServedEndpoint } from "../reconcile/reconciler.ts";
import type { EndpointDoors } from "./endpoint-doors.ts";

/** An endpoint as the doors describe it. @param hosts how its name was written; undefined where names are not written. */
export function describeEndpoint(
  served: ServedEndpoint<EndpointDoors>,
  source: EndpointSource["name"],
  counts: FlowCounts,
  hosts: HostsReport | undefined,
): EndpointEntry {
  const { url, endpoint, opened, state, fault, since } = served;
  const { hostname, port, protocol, ids, description } = endpoint;
  const { lastError, lastActivity, ...numbers } = counts;
  return {
    url,
    hostname,
    port,
    protocol,
    source,
    ids: [...ids],
    description: description ?? null,
    state,
    reason: fault ?? describeName(hostname, hosts) ?? null,
    since: toIso(since),
    ip: opened?.ip ?? null,
    listen: [...(opened?.listen ?? [])],
    mode: opened?.mode ?? "virtual",
    networkPort: opened?.networkPort ?? 0,
    ...numbers,
    lastError: lastError === undefined ? null : { ...lastError, at: toIso(lastError.at) },
    lastActivity: lastActivity === undefined ? null : toIso(lastActivity),
  };
}

/** Why a name does not lead to its endpoint. */
function describeName(hostname: string, hosts: HostsReport | undefined): string | undefined {
  if (hosts === undefined) return undefined;
  if (hosts.invalid.includes(hostname)) return "its name cannot stand in a hosts file";
  const other = hosts.conflicts.find((conflict) => conflict.hostname === hostname);
  return other === undefined
    ? undefined
    : `line ${other.line} of the hosts file leads its name to ${other.address}: remove that line`;
}

/** Polls that may fail in a row before that is more than a passing fault. */
const LATE_POLLS = 3;

/** What keeps a source from being relied on; empty where nothing does. @param now milliseconds since the epoch. */
export function findSourceFaults(name: string, status: SourceStatus, pollMs: number, now: number): readonly string[] {
  if (name === "static") return [];
  const { registered, state, lastPoll, lastPollError, certNotAfter } = status;
  if (state === "waiting_for_key") return [`${name}: no API key is set: wpdaemon endpoints set-api-key`];
  const isLate = lastPoll === null || now - Date.parse(lastPoll) > LATE_POLLS * pollMs;
  return [
    ...(state === "auth_failed" ? [`${name}: the API key was refused: ${lastPollError ?? "unauthorized"}`] : []),
    ...(registered ? [] : [`${name}: not registered${lastPollError === null ? "" : `: ${lastPollError}`}`]),
    ...(registered && isLate
      ? [`${name}: no poll has succeeded lately: ${lastPollError ?? "none has ended yet"}`]
      : []),
    ...(certNotAfter !== null && Date.parse(certNotAfter) <= now ? [`${name}: the certificate has expired`] : []),
  ];
}

function toIso(milliseconds: number): string {
  return new Date(milliseconds).toISOString();
}
