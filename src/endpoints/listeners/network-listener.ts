import { Failure } from "../../platform/failure.ts";
import type { NetworkPorts } from "../addresses/network-ports.ts";
import { type Listener, type ListenerOptions, startListener } from "./listener.ts";

/** Each of them is tried in one turn of the loop. */
const MOST_TRIED = 1_000;

/**
 * Listens on an address of the machine's network, where ports of the endpoints' URLs would meet: on the port that the
 * endpoint has had before, or on the lowest that is free.
 * @param key of the endpoint, `hostname:port`.
 * @throws Failure `address-in-use` where none is free.
 */
export function startNetworkListener(
  ports: NetworkPorts,
  key: string,
  options: Omit<ListenerOptions, "port">,
): Listener {
  const known = ports.known(key);
  if (known !== undefined) return startListener({ ...options, port: known });
  const first = ports.findFree();
  let port = first;
  for (let tried = 0; port !== undefined && tried < MOST_TRIED; tried += 1) {
    const listener = startListener({ ...options, port });
    if (!listener.isTaken) {
      ports.assign(key, port);
      return listener;
    }
    listener.stop();
    port = ports.findFree(port + 1);
  }
  throw new Failure("address-in-use", `no port from ${first ?? "start_port"} on is free for ${key}`, {
    hint: "choose another start_port",
  });
}
