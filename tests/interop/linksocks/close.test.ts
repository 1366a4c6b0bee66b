import { describe, expect, test } from "bun:test";
import { startOwnClient, startOwnServer } from "../../rig/linksocks-in-process.ts";
import { serverUrl } from "../../rig/linksocks-peer.ts";

const token = "token";

describe("our own, within one process, closing both twice: no error", () => {
  test("closing both of our own twice is no error: server and client", async () => {
    const server = await startOwnServer();
    server.tokens.addForward(token);
    const client = await startOwnClient({ url: serverUrl(server.port), token, role: "client" });
    await client.ready;
    await expectClosedTwice(server);
    await expectClosedTwice(client);
    expect(await client.ended).toBeUndefined();
  });

  test("closing both of our own twice is no error: server and provider, the provider first", async () => {
    const server = await startOwnServer();
    server.tokens.addReverse({ token, port: 0, username: "", password: "", autonomy: false });
    const provider = await startOwnClient({ url: serverUrl(server.port), token, role: "provider" });
    await provider.ready;
    await expectClosedTwice(provider);
    await expectClosedTwice(server);
    expect(await provider.ended).toBeUndefined();
  });
});

async function expectClosedTwice({ stop }: { stop(): Promise<void> }): Promise<void> {
  await stop();
  expect(await stop()).toBeUndefined();
}
