import { expect, test } from "bun:test";
import { Secret } from "../../../src/platform/secret.ts";
import type { Listener } from "../../../src/tunnels/config/listeners.ts";
import type { Placement } from "../../../src/tunnels/driver/driver.ts";
import { placeListeners } from "../../../src/tunnels/driver/place-listeners.ts";
import { createPortClaims } from "../../../src/tunnels/driver/port-claims.ts";
import { freePort, listenOn } from "../../rig/free-port.ts";
import { rejectionOf } from "../../rig/rejection.ts";

function listener(kind: Listener["kind"], port: number): Listener {
  const credentials = new Secret({ username: "", password: "" });
  return {
    kind,
    transport: kind === "udp" ? "udp" : "tcp",
    host: "127.0.0.1",
    port,
    line: port,
    protected: false,
    credentials,
  };
}

function place(listeners: readonly Listener[], placement: Placement, range = freePort()) {
  const claims = createPortClaims(() => false);
  return placeListeners(listeners, { placement, config: "us.conf" }, { claims, range: { from: range, to: range } });
}

test("listeners whose addresses are free stay what they are", async () => {
  const listeners = [listener("socks5", freePort()), listener("http", freePort()), listener("udp", freePort())];
  for (const kind of ["own", "any"] as const) {
    const placed = await place(listeners, { kind });
    expect(placed.every((one, index) => one === listeners[index])).toBe(true);
  }
});

test("a proxy whose port is taken moves to the range, where the request leaves the choice", async () => {
  const [port, range] = [freePort(), freePort()];
  using _ = listenOn(port);
  const http = listener("http", port);
  expect(await place([http], { kind: "any" }, range)).toEqual([{ ...http, port: range }]);
  expect((await rejectionOf(place([http], { kind: "own" }, range))).code).toBe("address-in-use");
});

test("what is no proxy never moves, because only its owner knows who dials it", async () => {
  const port = freePort();
  using _ = listenOn(port);
  expect((await rejectionOf(place([listener("tcp-client", port)], { kind: "any" }))).code).toBe("address-in-use");
});

test("the first SOCKS listener alone goes to the port that is asked for", async () => {
  const [first, second] = [listener("socks5", freePort()), listener("socks5", freePort())];
  const port = freePort();
  const placed = await place([first, second], { kind: "port", socks: port });
  expect(placed).toEqual([{ ...first, port }, second]);
});
