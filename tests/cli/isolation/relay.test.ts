import { expect, test } from "bun:test";
import { join } from "node:path";
import { relay } from "../../../src/cli/isolation/relay.ts";
import { freePort } from "../../rig/free-port.ts";
import { connectTcp, serveTcp } from "../../rig/tcp-stream.ts";
import { temporaryFolder } from "../../rig/temporary-folder.ts";

const LOOPBACK = "127.0.0.1";

test("two relays and a socket between them carry a connection, and its end in one direction before the answer", async () => {
  using folder = temporaryFolder();
  const far = serveTcp(LOOPBACK, 0, async (stream) => {
    let length = 0;
    for (let bytes = await stream.read(); bytes !== undefined; bytes = await stream.read()) length += bytes.length;
    await stream.write(String(length));
  });
  const unix = join(folder.path, "door");
  const outer = relay({ unix }, { hostname: LOOPBACK, port: far.port }, "test");
  const port = freePort();
  const inner = relay({ hostname: LOOPBACK, port }, { unix }, "test");
  using client = await connectTcp(LOOPBACK, port);
  await client.write(new Uint8Array(3_000_000));
  client.finish();
  expect(Buffer.from(await client.readExactly(7)).toString()).toBe("3000000");
  expect(await client.read()).toBeUndefined();
  for (const one of [inner, outer]) one.stop();
  far.close();
});

test("a relay whose far side is away closes what comes to it", async () => {
  const port = freePort();
  const { stop } = relay({ hostname: LOOPBACK, port }, { hostname: LOOPBACK, port: freePort() }, "test");
  using client = await connectTcp(LOOPBACK, port);
  expect(await client.read().catch(() => undefined)).toBeUndefined();
  stop();
});
