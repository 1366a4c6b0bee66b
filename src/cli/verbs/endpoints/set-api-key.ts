import { Failure } from "../../../platform/failure.ts";
import { openEndpointsClient } from "../../daemon/endpoints-client.ts";
import { say, sayDone } from "../../output/report.ts";
import { defineVerb } from "../../verb.ts";
import { endpointsOptions } from "./options.ts";

export const verb = defineVerb({
  name: "endpoints set-api-key",
  summary: "Put an API key of ngrok in force, and keep it in the settings",
  details: "With - the key is read from stdin: every user of the machine can read the words of a command.",
  examples: ["wpdaemon endpoints set-api-key - < key.txt"],
  args: {
    key: { type: "positional", description: "The key, or - for stdin", required: true },
    ...endpointsOptions,
  },
  async run({ args }) {
    const key = args.key === "-" ? (await Bun.stdin.text()).trim() : args.key;
    if (key === "")
      throw new Failure("usage", "there is no API key", { hint: "write it behind set-api-key, or - for stdin" });
    await openEndpointsClient(args).setApiKey(key);
    if (args.json) return say(JSON.stringify({ ok: true }));
    await sayDone("the API key is in force, and in the settings");
  },
});
