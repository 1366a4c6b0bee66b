import { Failure } from "../../../platform/failure.ts";
import { openEndpointsClient } from "../../daemon/endpoints-client.ts";
import { say } from "../../output/report.ts";
import { defineVerb } from "../../verb.ts";
import { endpointsOptions } from "./options.ts";

/** An answer that takes longer is one of a process that hangs, in milliseconds. */
const ANSWER_MS = 5_000;

export const verb = defineVerb({
  name: "endpoints health",
  summary: "Show what the health door says, as JSON",
  args: { ...endpointsOptions },
  async run({ args }) {
    const { health } = await openEndpointsClient(args).describe();
    if (health.address === null)
      throw new Failure("not-running", `health is not served: ${health.fault ?? "it has not been opened"}`);
    const answer: unknown = await ask(health.address);
    say(args.json ? JSON.stringify(answer) : JSON.stringify(sortKeys(answer), undefined, 2));
  },
});

async function ask(address: string): Promise<unknown> {
  try {
    const answer = await fetch(`http://${address}/status`, { signal: AbortSignal.timeout(ANSWER_MS) });
    return await answer.json();
  } catch (error) {
    throw new Failure("daemon-unreachable", `nobody answers on ${address}`, { cause: error });
  }
}

function sortKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortKeys);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1));
  return Object.fromEntries(entries.map(([key, inner]) => [key, sortKeys(inner)]));
}
