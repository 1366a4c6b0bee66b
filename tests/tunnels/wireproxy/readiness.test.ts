import { expect, test } from "bun:test";
import type { ListenAddress } from "../../../src/platform/network/listeners.ts";
import { settlesWithin } from "../../../src/platform/waiting.ts";
import { waitUntilListening } from "../../../src/tunnels/wireproxy/readiness.ts";
import { freePort } from "../../rig/free-port.ts";

const never = new AbortController().signal;

test("it waits until the last of the listeners is open", async () => {
  const wanted: readonly ListenAddress[] = [
    { transport: "tcp", host: "127.0.0.1", port: freePort() },
    { transport: "udp", host: "127.0.0.1", port: freePort() },
  ];
  const listening = waitUntilListening(process.pid, wanted, never);
  const tcp = Bun.listen({ hostname: "127.0.0.1", port: wanted[0]?.port ?? 0, socket: { data() {} } });
  try {
    expect(await settlesWithin(listening, 50)).toBe(false);
    const udp = await Bun.udpSocket({ hostname: "127.0.0.1", port: wanted[1]?.port ?? 0 });
    try {
      expect(await listening).toBe(true);
    } finally {
      udp.close();
    }
  } finally {
    tcp.stop(true);
  }
});

test("a config without listeners is ready at once", async () => {
  expect(await waitUntilListening(process.pid, [], never)).toBe(true);
});

test("an abort ends the wait, before it and during it", async () => {
  const wanted: readonly ListenAddress[] = [{ transport: "tcp", host: "127.0.0.1", port: freePort() }];
  expect(await waitUntilListening(process.pid, wanted, AbortSignal.abort())).toBe(false);
  const end = new AbortController();
  const listening = waitUntilListening(process.pid, wanted, end.signal);
  expect(await settlesWithin(listening, 30)).toBe(false);
  end.abort();
  expect(await listening).toBe(false);
});

test.skipIf(process.platform !== "linux")("a look that the system refuses is followed by the next one", async () => {
  using listener = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data() {} } });
  let looks = 0;
  const wanted = {
    transport: "tcp",
    port: listener.port,
    get host() {
      looks += 1;
      if (looks === 1) throw new Error("EMFILE");
      return "127.0.0.1";
    },
  } as const;
  expect(await waitUntilListening(process.pid, [wanted], never)).toBe(true);
  expect(looks).toBeGreaterThan(1);
});
