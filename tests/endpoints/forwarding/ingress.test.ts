import { describe, expect, test } from "bun:test";
import { DialError } from "../../../src/endpoints/forwarding/dial-error.ts";
import { createIngress, type IngressOptions } from "../../../src/endpoints/forwarding/ingress.ts";
import { createMailbox, listenTo } from "../../../src/net/byte-stream.ts";
import { createAuthority } from "../../rig/certificate-authority.ts";
import { freePort } from "../../rig/free-port.ts";
import { ACCEPTED, createIngressCertificates, startIngress } from "../../rig/ingress.ts";
import { connectTcp, serveTcp, type TcpStream } from "../../rig/tcp-stream.ts";
import { until } from "../../rig/until.ts";

const certificates = createIngressCertificates();
const NEVER = new AbortController().signal;

describe("a connection to the ingress", () => {
  test.each([
    ["app.example", 80, "0f000a0b6170702e6578616d706c651050"],
    ["db.example", 5432, "0f000a0a64622e6578616d706c6510b82a"],
    ["api.example.com", 443, "14000a0f6170692e6578616d706c652e636f6d10bb03"],
    ["app.example", 8080, "10000a0b6170702e6578616d706c6510903f"],
    ["x.y", 65_535, "09000a03782e7910ffff03"],
  ])("asks for %s:%i in one frame, with the ingress's name and our certificate", async (host, port, frame) => {
    using ingress = startIngress(certificates, accept);
    const { stream } = await dialerOf(ingress.port).dial(host, port, NEVER);
    stream.terminate();
    expect(ingress.requests).toMatchObject([{ frame, serverName: "localhost" }]);
    expect(ingress.requests[0]?.serialNumber).toMatch(/^[\dA-F]{8,}$/);
  });

  test.each([
    ["12000a0a65705f32616263444546120468747470", { endpointId: "ep_2abcDEF", proto: "http" }],
    ["22000a0465705f31120374637030960 13d01020304410000000000000000820103616263".replace(" ", ""), { proto: "tcp" }],
    ["0000", { endpointId: "", proto: "" }],
    ["0b001203746370120468747470", { proto: "http" }],
    [
      "27000a0a65705f326162634445461204687474702a130a1164657072656361746564 20636c69656e74".replace(" ", ""),
      { notices: ["deprecated client"] },
    ],
  ])("takes the answer %s for a success", async (answer, expected) => {
    using ingress = startIngress(certificates, (stream) => stream.write(Buffer.from(answer, "hex")));
    const { stream, response } = await dialerOf(ingress.port).dial("app.example", 80, NEVER);
    stream.terminate();
    expect(response).toMatchObject(expected);
  });

  test("takes an answer that comes byte by byte", async () => {
    using ingress = startIngress(certificates, async (stream) => {
      for (const byte of ACCEPTED) {
        await stream.write(new Uint8Array([byte]));
        await Bun.sleep(1);
      }
      await stream.read();
    });
    const { stream, response } = await dialerOf(ingress.port).dial("app.example", 80, NEVER);
    stream.terminate();
    expect(response.endpointId).toBe("ep_2abcDEF");
  });

  test("keeps the bytes that came together with the answer for who listens next", async () => {
    using ingress = startIngress(certificates, async (stream) => {
      await stream.write(Buffer.concat([ACCEPTED, Buffer.from("HELLO")]));
      await stream.read();
    });
    const { stream } = await dialerOf(ingress.port).dial("app.example", 80, NEVER);
    const next = createMailbox();
    listenTo(stream, next);
    await until("the bytes behind the answer", () => String(next.unread) === "HELLO");
    stream.terminate();
  });

  test.each([
    [
      "22001a0e4552525f4e47524f4b5f333230302210656e64706f696e74206f66666c696e65",
      "ERR_NGROK_3200",
      "ngrok refuses the connection: ERR_NGROK_3200: endpoint offline",
    ],
    ["0f001a0d4552525f4e47524f4b5f373036", "ERR_NGROK_706", "ngrok refuses the connection: ERR_NGROK_706"],
    ["05000a10616263", "bad-answer", "the ingress's answer cannot be read: a field runs past the end"],
    ["02000b0c", "bad-answer", "the ingress's answer cannot be read: wire type 3"],
    ["0b0010ffffffffffffffffffff", "bad-answer", "the ingress's answer cannot be read: a number is too long"],
    ["02000200", "bad-answer", "the ingress's answer cannot be read: field number 0"],
    ["12000a0a65", "certificate-refused", "has not taken our certificate (closed without an answer)"],
  ])("fails with the answer %s as %s", async (answer, code, message) => {
    using ingress = startIngress(certificates, (stream) => stream.write(Buffer.from(answer, "hex")));
    const error = await faultOf(dialerOf(ingress.port).dial("app.example", 80, NEVER));
    expect(error.code).toBe(code);
    expect(error.message).toContain(message);
  });

  test("fails where the ingress says nothing after the handshake", async () => {
    using ingress = startIngress(certificates, async (stream) => void (await stream.read()));
    const error = await faultOf(dialerOf(ingress.port, { milliseconds: 2_000 }).dial("app.example", 80, NEVER));
    expect(error.code).toBe("no-answer");
  });

  test("is given up when whoever asked for it has gone", async () => {
    const asked = Promise.withResolvers<void>();
    using ingress = startIngress(certificates, async (stream) => {
      asked.resolve();
      await stream.read();
    });
    const gone = new AbortController();
    const dialling = faultOf(dialerOf(ingress.port).dial("app.example", 80, gone.signal));
    await asked.promise;
    gone.abort();
    expect((await dialling).code).toBe("no-answer");
  });
});

describe("trust between us and the ingress", () => {
  test.each([
    ["another authority", { authorities: [createAuthority().cert] }],
    ["no authority", { authorities: [] }],
  ])("an ingress is refused before it is asked anything where its certificate is from %s", async (_, options) => {
    using ingress = startIngress(certificates, accept);
    const error = await faultOf(dialerOf(ingress.port, options).dial("app.example", 80, NEVER));
    expect([error.code, ingress.requests]).toEqual(["not-trusted", []]);
  });

  test("an ingress whose certificate is for another name is refused", async () => {
    const server = certificates.serverAuthority.issue("elsewhere.example");
    using ingress = startIngress({ ...certificates, server }, accept);
    const error = await faultOf(dialerOf(ingress.port).dial("app.example", 80, NEVER));
    expect([error.code, ingress.requests]).toEqual(["not-trusted", []]);
    expect(error.message).toContain("ERR_TLS_CERT_ALTNAME_INVALID");
  });

  test("an ingress whose certificate nobody knows is taken where that was asked for", async () => {
    const server = createAuthority().issue("elsewhere.example");
    using ingress = startIngress({ ...certificates, server }, accept);
    const { stream } = await dialerOf(ingress.port, { authorities: undefined }).dial("app.example", 80, NEVER);
    stream.terminate();
    expect(ingress.requests).toHaveLength(1);
  });

  test("an ingress that refuses our certificate is told as that", async () => {
    using ingress = startIngress(certificates, accept);
    const identity = () => createAuthority().issue();
    const error = await faultOf(dialerOf(ingress.port, { identity }).dial("app.example", 80, NEVER));
    expect(error.code).toBe("certificate-refused");
    expect(error.message).toContain("revoked with its operator");
  });

  test("a second connection shortens its handshake, and one with a renewed certificate does not", async () => {
    using ingress = startIngress(certificates, async (stream) => {
      await stream.write(ACCEPTED);
      await stream.read();
    });
    let identity = certificates.client;
    const dialer = dialerOf(ingress.port, { identity: () => identity });
    const dial = async () => (await dialer.dial("app.example", 80, NEVER)).stream.terminate();
    await dial();
    await dial();
    identity = certificates.clientAuthority.issue();
    await dial();
    expect(ingress.requests.map(({ isResumed }) => isResumed)).toEqual([false, true, false]);
    const [first, second, third] = ingress.requests.map(({ serialNumber }) => serialNumber);
    expect([first === second, second === third]).toEqual([true, false]);
  });
});

describe("an ingress that cannot be reached", () => {
  test("is tried a second time at once, which the client does not notice", async () => {
    using ingress = startIngress(certificates, accept);
    let isFirst = true;
    const relay = serveTcp("localhost", 0, async (client) => {
      if (isFirst) {
        isFirst = false;
        return;
      }
      using far = await connectTcp("localhost", ingress.port);
      await Promise.all([copy(client, far), copy(far, client)]);
    });
    const { stream } = await dialerOf(relay.port).dial("app.example", 80, NEVER);
    stream.terminate();
    relay.close();
    expect([isFirst, ingress.requests.length]).toEqual([false, 1]);
  });

  test("fails at once after several failures, and is used again when it is back", async () => {
    const port = freePort();
    const dialer = dialerOf(port);
    for (let attempt = 0; attempt < 3; attempt += 1) {
      const error = await faultOf(dialer.dial("app.example", 80, NEVER));
      expect(["unreachable", "paused"]).toContain(error.code);
    }
    expect(dialer.breaker).toBe("open");
    expect((await faultOf(dialer.dial("app.example", 80, NEVER))).code).toBe("paused");
    using ingress = startIngress(certificates, accept, port);
    const connection = await until("the ingress to be tried", () =>
      dialer.dial("app.example", 80, NEVER).catch(() => undefined),
    );
    connection.stream.terminate();
    expect([dialer.breaker, ingress.requests.length]).toEqual(["closed", 1]);
  });
});

function dialerOf(port: number, options: Partial<IngressOptions> = {}) {
  return createIngress({
    address: { host: "localhost", port },
    identity: () => certificates.client,
    authorities: [certificates.serverAuthority.cert],
    ...options,
  });
}

async function accept(stream: TcpStream): Promise<void> {
  await stream.write(ACCEPTED);
  await stream.read();
}

async function copy(from: TcpStream, to: TcpStream): Promise<void> {
  for (;;) {
    const bytes = await from.read();
    if (bytes === undefined) return to.finish();
    await to.write(bytes);
  }
}

async function faultOf(dialling: Promise<unknown>): Promise<DialError> {
  const error = await dialling.then(
    () => undefined,
    (fault) => fault,
  );
  if (error instanceof DialError) return error;
  throw new Error(`no DialError: ${error}`);
}
