import { describeForNgrokctl } from "../../../api/ngrokd/command.ts";
import type { EndpointEntry } from "../../../endpoints/document.ts";
import { Failure } from "../../../platform/failure.ts";
import { pause } from "../../../platform/waiting.ts";
import { parseDuration, parseWhole } from "../../arguments.ts";
import { type EndpointsClient, openEndpointsClient } from "../../daemon/endpoints-client.ts";
import { say } from "../../output/report.ts";
import { formatTable } from "../../output/table.ts";
import { defineVerb } from "../../verb.ts";
import { endpointsOptions } from "./options.ts";

/** How often to look again, in milliseconds. */
const LOOK_MS = 100;

/** `endpoints list`, which plain `endpoints` is too. */
export function defineList(name: "endpoints" | "endpoints list") {
  return defineVerb({
    name,
    summary: "List the endpoints: names on this machine that lead elsewhere",
    details: "With --json it prints what ngrokd's socket answers to list; endpoints status --json tells more.",
    examples: ["wpdaemon endpoints list --wait=2 --timeout=1m && psql -h db.internal"],
    args: {
      wait: { type: "string", valueHint: "number", description: "Wait until so many can be reached" },
      timeout: { type: "string", valueHint: "time", description: "How long at most: 30s, 2m", default: "60s" },
      ...endpointsOptions,
    },
    async run({ args }) {
      const client = openEndpointsClient(args);
      const wanted = args.wait === undefined ? 0 : parseWhole("--wait", args.wait, "--wait=2");
      const endpoints = await waitFor(client, wanted, parseDuration("--timeout", args.timeout));
      if (args.json) return say(JSON.stringify(endpoints.map(describeForNgrokctl)));
      if (endpoints.length === 0) return say("no endpoints; docs/endpoints.md tells how to have some");
      say(formatTable(["URL", "LISTEN ADDRESS", "MODE", "STATUS"], endpoints.map(describeRow)));
      say(`\nTotal: ${endpoints.length} endpoint(s)`);
    },
  });
}

export const verb = defineList("endpoints list");

function describeRow({ url, listen, mode, state, reason }: EndpointEntry): readonly string[] {
  const status = state === "serving" ? "✓" : "❌";
  return [url, listen.at(-1) ?? "-", mode, reason === null ? status : `${status} ${reason}`];
}

/** @throws Failure `timed-out` where fewer than `wanted` can be reached by then. */
async function waitFor(
  client: EndpointsClient,
  wanted: number,
  milliseconds: number,
): Promise<readonly EndpointEntry[]> {
  const deadline = performance.now() + milliseconds;
  for (;;) {
    const { endpoints } = await client.describe();
    const serving = endpoints.filter(({ state }) => state === "serving").length;
    if (serving >= wanted) return endpoints;
    if (performance.now() >= deadline) {
      throw new Failure("timed-out", `${serving} of ${wanted} endpoints can be reached`, {
        hint: "wpdaemon endpoints status tells why",
      });
    }
    await pause(LOOK_MS);
  }
}
