import { homeOption, jsonOption, portOption } from "./arguments.ts";
import { findSocksAddress } from "./config-report.ts";
import { openConfigStore } from "./config-store.ts";
import { createDaemonClient, type DaemonState } from "./daemon-client.ts";
import { choosePort } from "./port.ts";
import { say } from "./report.ts";
import { defineVerb } from "./verb.ts";

export const status = defineVerb({
  name: "status",
  description: "What the daemon is and what it carries; exit code 3 where none answers",
  args: { port: portOption, home: homeOption, json: jsonOption },
  async run({ args }) {
    const client = createDaemonClient(choosePort(args.port));
    const [identity, state] = await Promise.all([client.whoami(), client.state()]);
    const address = `127.0.0.1:${client.port}`;
    const socks = state.config === null ? null : findSocksAddress(openConfigStore(args.home), state.config);
    if (args.json) {
      const { config: name, pid, log_file: log, ready } = state;
      const tunnels = state.running ? [{ name, state: "running", ready, socks, pid, log }] : [];
      return say(JSON.stringify({ daemon: { ...identity, address }, tunnels }));
    }
    say(`daemon  ${identity.version} (${identity.implementation}) on ${address}`);
    say(`tunnel  ${describeState(state)}`);
    if (socks !== null) say(`socks5  ${socks}`);
  },
});

/** One line about what is up. */
export function describeState({ running, config, pid, log_file: log, ready }: DaemonState): string {
  if (running) return `${config} running, process ${pid}${ready ? "" : ", not accepting yet"}, log ${log}`;
  return log === null ? "none" : `none; the last one's log is ${log}`;
}
