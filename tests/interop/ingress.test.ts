import { describe, expect, test } from "bun:test";
import { DialError } from "../../src/endpoints/forwarding/dial-error.ts";
import { createFlows } from "../../src/endpoints/forwarding/flows.ts";
import { createIngress } from "../../src/endpoints/forwarding/ingress.ts";
import { startListener } from "../../src/endpoints/listeners/listener.ts";
import { createAuthority } from "../rig/certificate-authority.ts";
import { type GoIngress, startGoIngress } from "../rig/go-ingress.ts";
import { connectTcp, type TcpStream } from "../rig/tcp-stream.ts";

// The ingress of ngrok as somebody else would write it: in Go, on its own TLS.

const clients = createAuthority("clients");
const clientAuthority = clients.cert;
const own = clients.issue();

const AT = {
  "late.example:80": "late 2000000",
  "first.example:80": "first 1000",
  "split.example:80": "split",
  "early.example:80": "early HELLO",
  "offline.example:80": "error ERR_NGROK_3200 endpoint offline",
  "closed.example:80": "close",
  "cut.example:80": "length",
  "reset.example:80": "reset",
};

describe.each(["1.3", "1.2"] as const)("an ingress in Go with TLS %s", (tls) => {
  test("is given the frame that the protocol has, its own name, our certificate and no ALPN", async () => {
    await using ingress = await startGoIngress({ clientAuthority, tls });
    using endpoint = serve(ingress, "api.example.com", 443);
    for (let index = 1; index <= 3; index += 1) {
      using client = await connectTcp("127.0.0.1", endpoint.port);
      await client.write("echo");
      expect(String(Buffer.from(await client.readExactly(4)))).toBe("echo");
      client.finish();
      expect(await countRest(client)).toBe(0);
      await ingress.heard(index);
    }
    const heard = await ingress.heard(3);
    expect(heard[0]).toEqual({
      frame: "14000a0f6170692e6578616d706c652e636f6d10bb03",
      host: "api.example.com",
      port: 443,
      serverName: "localhost",
      protocol: "",
      resumed: false,
      tls: `TLS ${tls}`,
      received: 4,
    });
    expect(heard.map(({ resumed }) => resumed)).toEqual([false, true, true]);
  });

  test("loses no byte of a late reply, nor of an upload after its own end", async () => {
    await using ingress = await startGoIngress({ clientAuthority, tls, at: AT });
    using late = serve(ingress, "late.example");
    using client = await connectTcp("127.0.0.1", late.port);
    await client.write(Buffer.alloc(1_048_576));
    client.finish();
    expect(await countRest(client)).toBe(2_000_000);
    using first = serve(ingress, "first.example");
    using uploader = await connectTcp("127.0.0.1", first.port);
    expect(await countRest(uploader)).toBe(1_000);
    await uploader.write(Buffer.alloc(20_971_520));
    uploader.finish();
    expect((await ingress.heard(2)).map(({ received }) => received)).toEqual([1_048_576, 20_971_520]);
  });

  test("is understood when it answers byte by byte, or with the first bytes of the far side", async () => {
    await using ingress = await startGoIngress({ clientAuthority, tls, at: AT });
    using split = serve(ingress, "split.example");
    using client = await connectTcp("127.0.0.1", split.port);
    await client.write("echo");
    await client.readExactly(4);
    using early = serve(ingress, "early.example");
    using other = await connectTcp("127.0.0.1", early.port);
    expect(String(Buffer.from(await other.readExactly(5)))).toBe("HELLO");
  });

  test("has its refusals and failures told by their kind", async () => {
    await using ingress = await startGoIngress({ clientAuthority, tls, at: AT });
    expect((await faultOf(ingress, "offline.example")).code).toBe("ERR_NGROK_3200");
    expect((await faultOf(ingress, "closed.example")).code).toBe("certificate-refused");
    expect((await faultOf(ingress, "cut.example")).code).toBe("certificate-refused");
    const refused = await faultOf(ingress, "app.example", createAuthority().issue());
    expect(refused.code).toBe("certificate-refused");
    expect(refused.message).toContain("it is expired, revoked with its operator, or issued for another ingress");
  });

  test("resets a client's connection when it resets its own", async () => {
    await using ingress = await startGoIngress({ clientAuthority, tls, at: AT });
    using endpoint = serve(ingress, "reset.example");
    using client = await connectTcp("127.0.0.1", endpoint.port);
    await client.write("x").catch(() => undefined);
    const end = await countRest(client).then(
      () => "an orderly end",
      () => "a reset",
    );
    expect(end).toBe("a reset");
  });
});

function dialerOf(ingress: GoIngress, identity = own) {
  return createIngress({
    address: { host: "localhost", port: ingress.port },
    identity: () => identity,
    authorities: [ingress.authority],
    milliseconds: 60_000,
  });
}

function serve(ingress: GoIngress, host: string, port = 80): Disposable & { readonly port: number } {
  const dialer = dialerOf(ingress);
  const flows = createFlows(() => async (signal) => (await dialer.dial(host, port, signal)).stream);
  const listener = startListener({ host: "127.0.0.1", port: 0, accept: flows.carry, ended: flows.ended });
  return {
    port: listener.port,
    [Symbol.dispose]() {
      listener.stop();
      flows.terminateAll();
    },
  };
}

async function faultOf(ingress: GoIngress, host: string, identity = own): Promise<DialError> {
  const fault: unknown = await dialerOf(ingress, identity)
    .dial(host, 80, new AbortController().signal)
    .catch((error) => error);
  if (fault instanceof DialError) return fault;
  throw new Error(`no DialError: ${fault}`);
}

async function countRest(stream: TcpStream): Promise<number> {
  for (let count = 0; ; ) {
    const bytes = await stream.read();
    if (bytes === undefined) return count;
    count += bytes.length;
  }
}
