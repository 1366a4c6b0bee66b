import { associateUdp, connectThroughSocks, type Destination, type SocksProxy } from "./socks5-client.ts";
import { PATIENCE_MS } from "./until.ts";

const DATAGRAMS = 10;
const GREETING = "Hello UDP";

/**
 * "Web ok": GET /generate_204 through the proxy gives 204.
 * @throws Error or SocksRefusal that says what came instead.
 */
export async function webOk(proxy: SocksProxy, web: Destination, milliseconds = PATIENCE_MS): Promise<void> {
  await within(milliseconds, `GET from ${web.host} through ${proxy.port}`, async () => {
    using stream = await connectThroughSocks(proxy, web);
    const host = web.host.includes(":") ? `[${web.host}]` : web.host;
    await stream.write(`GET /generate_204 HTTP/1.1\r\nHost: ${host}:${web.port}\r\nConnection: close\r\n\r\n`);
    const answer = Buffer.from(await stream.readExactly(12)).toString();
    if (answer !== "HTTP/1.1 204") throw new Error(`the answer began with ${answer}`);
  });
}

/**
 * "UDP ok": of 10 datagrams each is echoed unchanged.
 * @throws Error or SocksRefusal that says what came instead.
 */
export async function udpOk(proxy: SocksProxy, echo: Destination): Promise<void> {
  using association = await within(PATIENCE_MS, `UDP ASSOCIATE at ${proxy.port}`, () => associateUdp(proxy));
  for (let number = 1; number <= DATAGRAMS; number++) {
    association.send(GREETING, echo);
    const what = `datagram ${number} to ${echo.host} through ${proxy.port}`;
    const { payload } = await within(PATIENCE_MS, what, () => association.receive());
    if (Buffer.from(payload).toString() !== GREETING) throw new Error(`${what} came back as ${payload}`);
  }
}

async function within<Value>(milliseconds: number, what: string, act: () => Promise<Value>): Promise<Value> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new Error(`${what}: nothing within ${milliseconds} ms`)), milliseconds);
  try {
    return await Promise.race([act(), late.promise]);
  } finally {
    clearTimeout(timer);
  }
}
