import { createBoundedLog } from "../bounded-log.ts";
import type { TrunkMessage } from "../channel/read-frame.ts";
import type { Trunk } from "../channel/trunk.ts";
import { CLIENT_HELLO, type LogMessage, SERVER_HELLO } from "../codec/message.ts";
import { createDestinations } from "../exit/destinations.ts";
import { createDial } from "../exit/dial.ts";
import { serveConnect } from "../exit/serve-connect.ts";
import type { ClientOptions, LogLevel, LogLine } from "../options.ts";
import type { Connectors } from "./connectors.ts";

/**
 * How long the first bytes of a target wait behind the answer, where the server is not one of ours: a Go server handles
 * the two in different tasks, and data that overtakes the answer is lost.
 */
const GO_SERVER_GAP_MS = 20;

/** Does what a server asks of its client, as far as its role allows it, and hears what it has to tell. */
export function createReceiver(options: ClientOptions, connectors: Connectors) {
  const { role, upstream, log } = options;
  const isProvider = role === "provider";
  const tell = createBoundedLog(log, "messages of the server", options.now);
  const destinations = createDestinations(options.destinations);
  const dial = createDial(upstream, destinations);
  const allowsUdp = upstream === undefined;
  const tellTarget = (text: string) => log("debug", `the server ${text}`);

  return (trunk: Trunk, message: TrunkMessage): void => {
    switch (message.type) {
      case "connect": {
        // Only providers dial.
        const gapMs = trunk.keepsWindows ? 0 : GO_SERVER_GAP_MS;
        if (isProvider) serveConnect(message, { trunk, dial, destinations, allowsUdp, gapMs, tell: tellTarget });
        break;
      }
      case "connector-response":
        connectors.receive(message);
        break;
      case "partners":
        // Only connectors and providers are told; our own server has said its hello by now, and loses nothing.
        trunk.losesEarlyData = !trunk.keepsWindows;
        tell("info", `${message.count} ${isProvider ? "connectors" : "providers"} at the server`);
        break;
      case "log":
        receiveLog(trunk, message, tell);
    }
  };
}

function receiveLog(trunk: Trunk, message: LogMessage, log: LogLine): void {
  if (message.text === SERVER_HELLO.text) {
    trunk.keepsWindows = true;
    trunk.send(CLIENT_HELLO);
  } else if (message.level === "trace" && message.text.startsWith("probe:")) {
    // Later servers ask a provider whether it lives, and judge by the answer.
    const text = `pong:${JSON.stringify({ version: "wpdaemon" })}`;
    trunk.send({ type: "log", level: "trace", text });
  } else log(LEVELS.find((known) => known === message.level) ?? "debug", `server: ${message.text}`);
}

const LEVELS: readonly LogLevel[] = ["trace", "debug", "info", "warn", "error"];
