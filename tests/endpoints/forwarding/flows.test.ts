import { afterEach, describe, expect, test } from "bun:test";
import type { Dial } from "../../../src/endpoints/endpoint.ts";
import { createFlows, type Flows } from "../../../src/endpoints/forwarding/flows.ts";
import { createIngress } from "../../../src/endpoints/forwarding/ingress.ts";
import { startListener } from "../../../src/endpoints/listeners/listener.ts";
import { openConversation } from "../../../src/net/conversation.ts";
import { ACCEPTED, createIngressCertificates, startIngress } from "../../rig/ingress.ts";
import { connectTcp, serveTcp, type TcpStream } from "../../rig/tcp-stream.ts";
import { until } from "../../rig/until.ts";

const MIB = 1024 * 1024;
const certificates = createIngressCertificates();
const ends: Disposable[] = [];
afterEach(() => {
  for (const end of ends.splice(0)) end[Symbol.dispose]();
});

/** Each far side once by itself and once behind ngrok's ingress. */
const FAR_SIDES = [
  ["TCP", startFar],
  ["the ingress", startFarBehindIngress],
] as const;

describe.each(FAR_SIDES)("a connection of an endpoint over %s", (_, startSide) => {
  test("a reply of 2 MB arrives whole after the client has sent 1 MB and ended", async () => {
    const { port } = serve(
      startSide(async (far) => {
        await countRest(far);
        await far.write(Buffer.alloc(2_000_000, "r"));
        far.finish();
      }),
    );
    using client = await connectTcp("127.0.0.1", port);
    await client.write(Buffer.alloc(MIB, "q"));
    client.finish();
    expect(await countRest(client)).toBe(2_000_000);
  });

  test("20 MB arrive whole although the far side ended before them", async () => {
    const received = Promise.withResolvers<number>();
    const { port } = serve(
      startSide(async (far) => {
        await far.write("bye");
        far.finish();
        received.resolve(await countRest(far));
      }),
    );
    using client = await connectTcp("127.0.0.1", port);
    expect(await countRest(client)).toBe(3);
    await client.write(Buffer.alloc(20 * MIB, "u"));
    client.finish();
    expect(await received.promise).toBe(20 * MIB);
  });

  test("what the client sends before the far side is there arrives in order", async () => {
    const { port, hold } = serve(
      startSide(async (far) => {
        await far.write(await far.readExactly(200_000));
      }),
    );
    const letGo = hold();
    using client = await connectTcp("127.0.0.1", port);
    const sent = Buffer.from(Array.from({ length: 200_000 }, (_, index) => index % 251));
    const writing = client.write(sent);
    letGo();
    await writing;
    expect(Buffer.compare(Buffer.from(await client.readExactly(200_000)), sent)).toBe(0);
  });

  test("a far side that speaks first is heard", async () => {
    const { port } = serve(
      startSide(async (far) => {
        await far.write("220 ready\r\n");
        await far.read();
      }),
    );
    using client = await connectTcp("127.0.0.1", port);
    expect(String(Buffer.from(await client.readExactly(11)))).toBe("220 ready\r\n");
  });

  test("a reset of one side closes the other", async () => {
    const closed = Promise.withResolvers<string>();
    const { port, flows } = serve(
      startSide(async (far) => {
        await far.write("x");
        closed.resolve(await countRest(far).then(String, () => "broken"));
      }),
    );
    const client = await Bun.connect({ hostname: "127.0.0.1", port, socket: { data: (socket) => socket.terminate() } });
    expect(["broken", "0"]).toContain(await closed.promise);
    client.terminate();
    await until("nothing to be carried", () => flows.counts.connections === 0);
  });

  test("500 connections at once all succeed, and the counts return to nothing", async () => {
    const { port, flows } = serve(
      startSide(async (far) => {
        await far.write(await far.readExactly(1_000));
      }),
    );
    await Promise.all(
      Array.from({ length: 500 }, async () => {
        using client = await connectTcp("127.0.0.1", port);
        await client.write(Buffer.alloc(1_000, "x"));
        await client.readExactly(1_000);
      }),
    );
    await until("every connection to end", () => flows.counts.connections === 0);
    expect(flows.counts).toMatchObject({ totalConnections: 500, errors: 0, bytesIn: 500_000, bytesOut: 500_000 });
    await flows.deserted();
  });

  test("a client that reads nothing holds its far side up, and what waits for it stays small", async () => {
    let sent = 0;
    const { port } = serve(
      startSide(async (far) => {
        const block = Buffer.alloc(64 * 1024, "b");
        for (; sent < 100 * MIB; sent += block.length) await far.write(block);
        far.finish();
        await far.read();
      }),
    );
    using client = await connectTcp("127.0.0.1", port);
    let before = -1;
    await until("the far side to wait", async () => {
      const isStill = before === sent && sent > 0;
      before = sent;
      await Bun.sleep(100);
      return isStill;
    });
    expect(sent).toBeLessThan(30 * MIB);
    expect(await countRest(client)).toBe(100 * MIB);
  });
});

describe("a connection whose far side cannot be opened", () => {
  test("it is cut off with a reset, counted and told", async () => {
    const { port, flows } = serve(async () => {
      throw Object.assign(new Error("refused"), { code: "ECONNREFUSED" });
    });
    using client = await connectTcp("127.0.0.1", port);
    const end = await client.read().then(
      () => "an orderly end",
      () => "a reset",
    );
    expect(end).toBe("a reset");
    expect(flows.counts).toMatchObject({
      errors: 1,
      totalConnections: 1,
      lastError: { message: "refused", code: "failed" },
    });
  });

  test("an error of ngrok's is counted under its code", async () => {
    using ingress = startIngress(certificates, (stream) =>
      stream.write(Buffer.from("0f001a0d4552525f4e47524f4b5f373036", "hex")),
    );
    const { port, flows } = serve(dialIngress(ingress.port));
    using client = await connectTcp("127.0.0.1", port);
    await client.read().catch(() => undefined);
    expect(flows.counts).toMatchObject({ errors: 1, lastError: { code: "ERR_NGROK_706" } });
  });

  test("a client that goes away while its far side is opened is no error, and ends the attempt", async () => {
    const aborted = Promise.withResolvers<void>();
    const { port, flows } = serve((signal) => {
      const { promise, reject } = Promise.withResolvers<never>();
      signal.addEventListener("abort", () => {
        aborted.resolve();
        reject(new Error("gone"));
      });
      return promise;
    });
    const client = await Bun.connect({ hostname: "127.0.0.1", port, socket: { data() {} } });
    await until("the connection to be counted", () => flows.counts.connections === 1);
    client.terminate();
    await aborted.promise;
    await until("the connection to end", () => flows.counts.connections === 0);
    expect(flows.counts.errors).toBe(0);
  });
});

test("all connections of an endpoint can be cut off", async () => {
  const { port, flows } = serve(startFar(async (far) => void (await far.read())));
  using client = await connectTcp("127.0.0.1", port);
  await client.write("x");
  await until("the connection to be carried", () => flows.counts.bytesIn === 1);
  flows.terminateAll();
  await flows.deserted();
  expect(flows.counts.connections).toBe(0);
});

/** Listens on a port of its own for an endpoint with this far side. */
function serve(dial: Dial): { readonly port: number; readonly flows: Flows; hold(): () => void } {
  let held: Promise<void> = Promise.resolve();
  const flows = createFlows(() => async (signal) => {
    await held;
    return await dial(signal);
  });
  const listener = startListener({ host: "127.0.0.1", port: 0, accept: flows.carry, ended: flows.ended });
  ends.push({ [Symbol.dispose]: listener.stop }, { [Symbol.dispose]: flows.terminateAll });
  return {
    port: listener.port,
    flows,
    hold() {
      const { promise, resolve } = Promise.withResolvers<void>();
      held = promise;
      return resolve;
    },
  };
}

function startFar(speak: (far: TcpStream) => Promise<void>): Dial {
  const { port, close } = serveTcp("127.0.0.1", 0, speak);
  ends.push({ [Symbol.dispose]: close });
  return async () => (await openConversation({ host: "127.0.0.1", port }, 60_000)).release();
}

function startFarBehindIngress(speak: (far: TcpStream) => Promise<void>): Dial {
  const ingress = startIngress(certificates, async (far) => {
    await far.write(ACCEPTED);
    await speak(far);
  });
  ends.push(ingress);
  return dialIngress(ingress.port);
}

function dialIngress(port: number): Dial {
  const ingress = createIngress({
    address: { host: "localhost", port },
    identity: () => certificates.client,
    authorities: [certificates.serverAuthority.cert],
    milliseconds: 60_000,
  });
  return async (signal) => (await ingress.dial("app.example", 80, signal)).stream;
}

/** How many bytes come until the end. */
async function countRest(stream: TcpStream): Promise<number> {
  for (let count = 0; ; ) {
    const bytes = await stream.read();
    if (bytes === undefined) return count;
    count += bytes.length;
  }
}
