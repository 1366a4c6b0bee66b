import { afterEach, describe, expect, test } from "bun:test";
import { DialError } from "../../../src/endpoints/forwarding/dial-error.ts";
import { createFlows } from "../../../src/endpoints/forwarding/flows.ts";
import { createIngress } from "../../../src/endpoints/forwarding/ingress.ts";
import { startListener } from "../../../src/endpoints/listeners/listener.ts";
import { changeBytes, createRandom, SEED } from "../../fuzz/random.ts";
import { ACCEPTED, createIngressCertificates, startIngress } from "../../rig/ingress.ts";
import { connectTcp, serveTcp, type TcpStream } from "../../rig/tcp-stream.ts";
import { until } from "../../rig/until.ts";

const certificates = createIngressCertificates();
/** How long an attempt may take that has to fail by that, and with a handshake before. */
const [SHORT_MS, HANDSHAKE_MS] = [200, 2_000];
const ends: (() => void)[] = [];
afterEach(() => {
  for (const end of ends.splice(0)) end();
});

describe("an ingress that speaks no TLS", () => {
  test.each([
    ["says nothing", async (stream: TcpStream) => void (await countRest(stream))],
    ["closes at once", async () => undefined],
    ["speaks HTTP", (stream: TcpStream) => stream.write("HTTP/1.1 400 Bad Request\r\n\r\n")],
    ["sends bytes without an end", flood],
    [
      "says a TLS record of 16 KiB and no more",
      (stream: TcpStream) =>
        stream
          .write("\x16\x03\x03\x40\x00")
          .then(() => countRest(stream))
          .then(() => undefined),
    ],
  ])("and %s is told as one that cannot be reached", async (_, serve) => {
    const { port, close } = serveTcp("localhost", 0, serve);
    ends.push(close);
    expect((await faultOf(port, SHORT_MS)).code).toBe("unreachable");
  });
});

describe("an ingress that answers", () => {
  test.each([
    ["with a frame of 65535 bytes that it never ends", "no-answer", "ffff0a", true],
    ["with the greatest length, and closes", "certificate-refused", "ffff", false],
    ["with 65535 bytes of nothing", "bad-answer", `ffff${"00".repeat(65_535)}`, true],
    ["with a length of a field beyond 64 bits", "bad-answer", "0b000affffffffffffffffff7f", true],
    ["with nested notices", "bad-answer", "04002a020a05", true],
  ])("%s costs its connection alone", async (_, code, answer, stays) => {
    const ingress = startIngress(certificates, async (stream) => {
      await stream.write(Buffer.from(answer, "hex"));
      if (stays) await countRest(stream);
    });
    ends.push(ingress[Symbol.dispose]);
    expect((await faultOf(ingress.port, code === "no-answer" ? HANDSHAKE_MS : undefined)).code).toBe(code);
  });

  test("with an error in words of its own has them cut, without anything that a terminal obeys, and counted as one kind", async () => {
    const words = `\x1b[2J\n${"x".repeat(60_000)}`;
    const ingress = startIngress(certificates, (stream) => stream.write(refusal(`evil{} ${"y".repeat(500)}`, words)));
    ends.push(ingress[Symbol.dispose]);
    const { code, message } = await faultOf(ingress.port);
    expect([code, message.length < 700]).toEqual(["refused", true]);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
    expect(message).not.toMatch(/[\x00-\x1f]/);
  });

  test("with thousands of notices has few of them told", async () => {
    const notices = Buffer.from("2a040a027879".repeat(9_000), "hex");
    const answer = Buffer.concat([Buffer.from([notices.length & 0xff, notices.length >> 8]), notices]);
    const ingress = startIngress(certificates, async (stream) => {
      await stream.write(answer);
      await countRest(stream);
    });
    ends.push(ingress[Symbol.dispose]);
    const { stream, response } = await dialerOf(ingress.port).dial("app.example", 80, new AbortController().signal);
    stream.terminate();
    expect(response.notices).toEqual(["xy", "xy", "xy", "xy", "xy"]);
  });

  test("and floods a client that has gone is closed", async () => {
    const closed = Promise.withResolvers<void>();
    const ingress = startIngress(certificates, async (stream) => {
      await stream.write(ACCEPTED);
      await flood(stream).catch(() => undefined);
      closed.resolve();
    });
    ends.push(ingress[Symbol.dispose]);
    const endpoint = serve(ingress.port);
    const client = await connectTcp("127.0.0.1", endpoint.port);
    await client.read();
    client.close();
    await closed.promise;
    await until("nothing to be carried", () => endpoint.flows.counts.connections === 0);
  });

  test("whatever it answers, a right one is served afterwards", async () => {
    const random = createRandom(SEED);
    let isHostile = true;
    const ingress = startIngress(certificates, async (stream) => {
      await stream.write(isHostile ? changeBytes(ACCEPTED, random) : ACCEPTED);
      if (isHostile) stream.finish();
      else await stream.write(await stream.readExactly(4));
    });
    ends.push(ingress[Symbol.dispose]);
    const endpoint = serve(ingress.port);
    for (let attempt = 0; attempt < 200; attempt += 1) {
      const client = await connectTcp("127.0.0.1", endpoint.port);
      await countRest(client).catch(() => undefined);
      client.close();
    }
    isHostile = false;
    await until("a connection that is carried", async () => {
      using client = await connectTcp("127.0.0.1", endpoint.port);
      await client.write("ping").catch(() => undefined);
      return await client.readExactly(4).then(
        () => true,
        () => false,
      );
    });
    await until("nothing to be carried", () => endpoint.flows.counts.connections === 0);
  });
});

function dialerOf(port: number, milliseconds = 60_000) {
  return createIngress({
    address: { host: "localhost", port },
    identity: () => certificates.client,
    authorities: [certificates.serverAuthority.cert],
    milliseconds,
  });
}

async function faultOf(port: number, milliseconds?: number): Promise<DialError> {
  const fault: unknown = await dialerOf(port, milliseconds)
    .dial("app.example", 80, new AbortController().signal)
    .catch((error) => error);
  if (fault instanceof DialError) return fault;
  throw new Error(`no DialError: ${fault}`);
}

function serve(ingressPort: number) {
  const dialer = dialerOf(ingressPort);
  const flows = createFlows(() => async (signal) => (await dialer.dial("app.example", 80, signal)).stream);
  const { port, stop } = startListener({ host: "127.0.0.1", port: 0, accept: flows.carry, ended: flows.ended });
  ends.push(stop, flows.terminateAll);
  return { port, flows };
}

function refusal(code: string, message: string): Uint8Array {
  const field = (tag: number, text: string) => {
    const bytes = Buffer.from(text);
    return Buffer.concat([
      Buffer.from([tag, (bytes.length & 0x7f) | 0x80, ((bytes.length >> 7) & 0x7f) | 0x80, bytes.length >> 14]),
      bytes,
    ]);
  };
  const body = Buffer.concat([field(0x1a, code), field(0x22, message)]);
  return Buffer.concat([Buffer.from([body.length & 0xff, body.length >> 8]), body]);
}

async function flood(stream: TcpStream): Promise<void> {
  const block = Buffer.alloc(64 * 1024, "f");
  for (;;) await stream.write(block);
}

/** How many bytes come until the end. */
async function countRest(stream: TcpStream): Promise<number> {
  for (let count = 0; ; ) {
    const bytes = await stream.read();
    if (bytes === undefined) return count;
    count += bytes.length;
  }
}
