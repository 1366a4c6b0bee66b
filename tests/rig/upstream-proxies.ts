import { decodeSocksAddress } from "../../src/net/proxy/socks-codec.ts";
import { startProxy, type UpstreamProxy, type UpstreamProxyOptions } from "./tunnelling-proxy.ts";

/** An HTTP proxy that knows CONNECT. */
export function startHttpProxy(options: UpstreamProxyOptions = {}): UpstreamProxy {
  return startProxy(options, async (client) => {
    const head = await client.takeHead();
    const target = /^CONNECT (\S+) HTTP\/1\.1\r\n/.exec(head)?.[1] ?? "";
    const encoded = /\r\nProxy-Authorization: Basic (\S+)\r\n/.exec(head)?.[1];
    const credentials = encoded === undefined ? undefined : Buffer.from(encoded, "base64").toString();
    const refusal = options.refuse ?? (isWelcome(credentials, options) ? undefined : 407);
    const success = options.successHead ?? "HTTP/1.1 200 Connection established\r\nVia: 1.1 test\r\n\r\n";
    return {
      request: { target, head, credentials },
      isOpen: refusal === undefined,
      answer: Buffer.from(refusal === undefined ? success : `HTTP/1.1 ${refusal} No\r\nContent-Length: 0\r\n\r\n`),
    };
  });
}

/** A SOCKS5 proxy that knows CONNECT, and resolves names itself. */
export function startSocksProxy(options: UpstreamProxyOptions = {}): UpstreamProxy {
  return startProxy(options, async (client) => {
    const methods = [...(await client.take((await client.take(2))[1] ?? 0))];
    const method = options.username === undefined ? 0 : 2;
    client.send(new Uint8Array([5, methods.includes(method) ? method : 0xff]));
    let credentials: string | undefined;
    if (method === 2) {
      const username = await client.take((await client.take(2))[1] ?? 0);
      credentials = `${username}:${await client.take((await client.take(1))[0] ?? 0)}`;
      client.send(new Uint8Array([1, isWelcome(credentials, options) ? 0 : 1]));
    }
    const [, , , type = 0] = await client.take(4);
    const length = type === 3 ? await client.take(1) : Buffer.alloc(0);
    const rest = await client.take((length[0] ?? (type === 4 ? 16 : 4)) + 2);
    const address = decodeSocksAddress(Buffer.concat([new Uint8Array([type]), length, rest]));
    if (typeof address === "string") throw new Error(`the address is ${address}`);
    return {
      request: { target: joinAddress(address.host, address.port), addressType: type, methods, credentials },
      isOpen: options.refuse === undefined,
      answer: new Uint8Array([5, options.refuse ?? 0, 0, 1, 127, 0, 0, 1, 0x12, 0x34]),
    };
  });
}

function isWelcome(credentials: string | undefined, { username, password = "" }: UpstreamProxyOptions): boolean {
  return username === undefined || credentials === `${username}:${password}`;
}

function joinAddress(host: string, port: number): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}
