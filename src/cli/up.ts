import { homeOption, jsonOption, portOption } from "./arguments.ts";
import { findSocksAddress } from "./config-report.ts";
import { openConfigStore } from "./config-store.ts";
import { createDaemonClient } from "./daemon-client.ts";
import { choosePort } from "./port.ts";
import { say } from "./report.ts";
import { defineVerb } from "./verb.ts";

export const up = defineVerb({
  name: "up",
  description: "Bring a tunnel up and wait until it accepts connections",
  args: {
    name: { type: "positional", description: "Config, with or without .conf", required: true },
    port: portOption,
    home: homeOption,
    json: jsonOption,
  },
  async run({ args }) {
    const started = await createDaemonClient(choosePort(args.port)).spinUp(args.name);
    const { config, pid, log_file: log, ready } = started;
    const socks = findSocksAddress(openConfigStore(args.home), config);
    if (args.json) return say(JSON.stringify({ name: config, state: "running", ready, socks, pid, log }));
    say(`running ${config}, process ${pid}${ready ? "" : " (it does not accept connections yet)"}`);
    if (socks !== null) say(`socks5  ${socks}`);
    say(`log     ${log}`);
  },
});
