import type { EndpointsDocument } from "../../../endpoints/document.ts";
import { openEndpointsClient } from "../../daemon/endpoints-client.ts";
import { say } from "../../output/report.ts";
import { toOneLine } from "../../output/table.ts";
import { defineVerb } from "../../verb.ts";
import { endpointsOptions } from "./options.ts";

export const verb = defineVerb({
  name: "endpoints status",
  summary: "Show whether endpoints are well, and what keeps them from it",
  args: { ...endpointsOptions },
  async run({ args }) {
    const document = await openEndpointsClient(args).describe();
    say(args.json ? JSON.stringify(document) : formatEndpointsStatus(document));
  },
});

/** The status for a person. */
export function formatEndpointsStatus(document: EndpointsDocument): string {
  const { sources, endpoints, hosts, health, socket, failing, warnings, unreadable } = document;
  const serving = endpoints.filter(({ state }) => state === "serving").length;
  const ngrok = sources.find(({ name }) => name === "ngrok");
  return [
    `endpoints  ${serving} of ${endpoints.length} can be reached`,
    ...(ngrok === undefined
      ? []
      : [
          `ngrok      ${ngrok.registered ? `registered as ${ngrok.operatorId}` : "not registered"}, ${ngrok.state}`,
          `ingress    ${ngrok.ingress ?? "-"}`,
          `polled     ${ngrok.lastPoll ?? "never"}`,
        ]),
    `names      ${hosts.path ?? "not written anywhere"}`,
    `health     ${health.address ?? "not served"}`,
    `socket     ${socket ?? "-"}`,
    ...[hosts.fault, health.fault, ...failing, ...warnings].flatMap((text) => (text === null ? [] : `→ ${text}`)),
    ...unreadable.map(({ entry, reason }) => `→ ${entry}: ${reason}`),
  ]
    .map(toOneLine)
    .join("\n");
}
