import type { EndpointEntry, EndpointsDocument } from "../../endpoints/document.ts";
import type { Figure, Sample } from "./figures.ts";

/** What Prometheus is told of the endpoints, by their URLs. */
export function endpointFigures({ endpoints, sources }: EndpointsDocument): readonly Figure[] {
  const [serving, failed] = (["serving", "failed"] as const).map((word) =>
    endpoints.filter(({ state }) => state === word),
  );
  const ngrok = sources.find(({ name }) => name === "ngrok");
  return [
    [
      "endpoints",
      "Endpoints, by state.",
      [
        { labels: { state: "serving" }, value: serving?.length ?? 0 },
        { labels: { state: "failed" }, value: failed?.length ?? 0 },
      ],
    ],
    [
      "endpoint_connections",
      "Connections of an endpoint that are open.",
      each(endpoints, ({ connections }) => connections),
    ],
    [
      "endpoint_connections_total",
      "Connections that an endpoint has taken.",
      each(endpoints, ({ totalConnections }) => totalConnections),
    ],
    [
      "endpoint_errors_total",
      "Connections whose far side could not be opened.",
      each(endpoints, ({ errors }) => errors),
    ],
    [
      "endpoint_bytes_total",
      "Bytes from clients (in), and to them (out).",
      endpoints.flatMap(({ url, bytesIn, bytesOut }) => [
        { labels: { endpoint: url, direction: "in" }, value: bytesIn },
        { labels: { endpoint: url, direction: "out" }, value: bytesOut },
      ]),
    ],
    [
      "endpoints_last_poll_timestamp_seconds",
      "When ngrok last gave its list, since the epoch.",
      toSeconds(ngrok?.lastPoll),
    ],
    [
      "endpoints_certificate_expiry_timestamp_seconds",
      "When our certificate ends, since the epoch.",
      toSeconds(ngrok?.certNotAfter),
    ],
  ];
}

function each(endpoints: readonly EndpointEntry[], read: (endpoint: EndpointEntry) => number): readonly Sample[] {
  return endpoints.map((endpoint) => ({ labels: { endpoint: endpoint.url }, value: read(endpoint) }));
}

function toSeconds(time: string | null | undefined): number | undefined {
  return time == null ? undefined : Date.parse(time) / 1_000;
}
