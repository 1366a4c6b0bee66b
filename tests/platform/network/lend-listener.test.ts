import { expect, test } from "bun:test";
import { systemCode } from "../../../src/platform/failure.ts";
import {
  closeSockets,
  findInherited,
  lendListeners,
  moveListener,
} from "../../../src/platform/network/lend-listener.ts";
import { until } from "../../rig/until.ts";

// Elsewhere nothing is lent, and a successor opens the port anew.
const onLinux = test.skipIf(process.platform !== "linux");

onLinux("an HTTP server goes on with the socket of another one; whoever came in between is answered", async () => {
  const former = serve("former");
  const { port } = former;
  const [lent = -1] = lendListeners([addressOf(former)]);
  await former.stop();
  const waiting = ask(port);
  const next = serve("next");
  moveListener(addressOf(next), lent);
  closeSockets([lent]);
  expect(await waiting).toBe("next");
  expect([next.port, await ask(port)]).toEqual([port, "next"]);
  const socket = new WebSocket(`ws://127.0.0.1:${port}`);
  const greeting = Promise.withResolvers<unknown>();
  socket.onmessage = ({ data }) => greeting.resolve(data);
  expect(await greeting.promise).toBe("next");
  socket.terminate();
  await next.stop(true);
  await until("nobody listens any more", async () => (await ask(port).catch(systemCode)) === "ECONNREFUSED");
});

onLinux("both accept on one socket until the former stops", async () => {
  const former = serve("former");
  const lent = lendListeners([addressOf(former)]);
  const next = serve("next");
  for (const socket of lent) moveListener(addressOf(next), socket);
  await former.stop(true);
  expect(await ask(next.port)).toBe("next");
  closeSockets(lent);
  await next.stop(true);
});

onLinux("an inherited socket is known by its host and its port; where any port will do, by its host", async () => {
  const [one, other] = [serve("one"), serve("other", "::1")];
  const lent = lendListeners([addressOf(one), addressOf(other)]);
  try {
    expect(lent.length).toBe(2);
    const port = one.port ?? 0;
    expect(findInherited(lent, "127.0.0.1", port)).toBe(lent[0]);
    expect(findInherited(lent, "::1", 0)).toBe(lent[1]);
    expect(findInherited(lent, "127.0.0.1", port + 1)).toBeUndefined();
    expect(findInherited([], "127.0.0.1", 0)).toBeUndefined();
  } finally {
    closeSockets(lent);
    await Promise.all([one.stop(true), other.stop(true)]);
  }
});

onLinux("a server that listens nowhere is not moved, and that is said", () => {
  expect(() => moveListener("127.0.0.1:1", 0)).toThrow("does not let an inherited socket listen at 127.0.0.1:1");
});

function serve(name: string, hostname = "127.0.0.1"): Bun.Server<undefined> {
  return Bun.serve({
    hostname,
    port: 0,
    fetch: (request, server) => (server.upgrade(request) ? undefined : new Response(name)),
    websocket: { open: (socket) => void socket.send(name), message() {} },
  });
}

function addressOf({ hostname = "", port }: Bun.Server<undefined>): string {
  return `${hostname.includes(":") ? `[${hostname}]` : hostname}:${port}`;
}

async function ask(port: number | undefined): Promise<string> {
  return await (await fetch(`http://127.0.0.1:${port}/`, { headers: { connection: "close" } })).text();
}
