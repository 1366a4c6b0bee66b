import type { DesiredEndpoint } from "../../../src/endpoints/endpoint.ts";

/** An endpoint with this URL, which has its port and is never dialled. */
export function endpointOf(url: string, id = "ep_1"): DesiredEndpoint {
  const [, protocol = "", hostname = "", port = ""] = /^(\w+):\/\/([^:]+):(\d+)$/.exec(url) ?? [];
  if (protocol !== "http" && protocol !== "tls" && protocol !== "tcp")
    throw new Error(`not a URL of these tests: ${url}`);
  return {
    url,
    protocol,
    hostname,
    port: Number(port),
    ids: [id],
    dial: () => Promise.reject(new Error("not dialled")),
  };
}
