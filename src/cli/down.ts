import { jsonOption, portOption } from "./arguments.ts";
import { createDaemonClient } from "./daemon-client.ts";
import { choosePort } from "./port.ts";
import { say } from "./report.ts";
import { defineVerb } from "./verb.ts";

export const down = defineVerb({
  name: "down",
  description: "Bring the running tunnel down; its connections end",
  args: { port: portOption, json: jsonOption },
  async run({ args }) {
    const { previous_config: config, log_file: log } = await createDaemonClient(choosePort(args.port)).spinDown();
    say(args.json ? JSON.stringify({ name: config, state: "idle", log }) : `stopped ${config}`);
  },
});
