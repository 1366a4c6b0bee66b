import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { goPeers } from "../../rig/linksocks-go.ts";
import { OWN_LINKSOCKS } from "../../rig/linksocks-own.ts";
import type { LinksocksProgram } from "../../rig/linksocks-peer.ts";
import { startGreeter, type Target } from "../../rig/linksocks-targets.ts";
import { accepts } from "../../rig/socks.ts";
import { connectThroughSocks, SocksRefusal } from "../../rig/socks5-client.ts";
import { until } from "../../rig/until.ts";

const TIMES = 200;
const AT_A_TIME = 10;
const GREETING = "220 at your service";

/** A Go server handles the answer to a Connect and the first Data in two tasks, and fails where the Data wins. */
const TRIES_WITH_GO_SERVER = 3;

let greeter: Target;
beforeAll(() => {
  greeter = startGreeter(GREETING);
});
afterAll(() => greeter[Symbol.dispose]());

describe(`a target that speaks first, ${TIMES} times`, () => {
  test("a target that speaks first is heard through our own server and provider", () =>
    hearGreetings(OWN_LINKSOCKS, OWN_LINKSOCKS, 1));

  for (const go of goPeers()) {
    test(`a target that speaks first is heard through our own server and a provider of ${go.name}`, () =>
      hearGreetings(OWN_LINKSOCKS, go, 1));

    test(`a target that speaks first is heard through a server of ${go.name} and our own provider`, () =>
      hearGreetings(go, OWN_LINKSOCKS, TRIES_WITH_GO_SERVER));
  }

  test("a target that speaks first is heard through our own server, provider and connector", async () => {
    await using server = await OWN_LINKSOCKS.start("server", { token: "r", reverse: true, connectorToken: "c" });
    await using _provider = await OWN_LINKSOCKS.start("provider", { url: server.url, token: "r" });
    await using connector = await OWN_LINKSOCKS.start("connector", { url: server.url, token: "c" });
    await hearAll(connector.socksPort, 1);
  });
});

async function hearGreetings(serving: LinksocksProgram, providing: LinksocksProgram, tries: number): Promise<void> {
  await using server = await serving.start("server", { token: "token", reverse: true });
  await using _provider = await providing.start("provider", { url: server.url, token: "token" });
  await until("the reverse port is open", () => accepts(server.socksPort));
  await hearAll(server.socksPort, tries);
}

async function hearAll(socksPort: number, tries: number): Promise<void> {
  for (let heard = 0; heard < TIMES; heard += AT_A_TIME) {
    await Promise.all(Array.from({ length: AT_A_TIME }, () => hear(socksPort, tries)));
  }
}

async function hear(socksPort: number, tries: number): Promise<void> {
  try {
    using stream = await connectThroughSocks({ port: socksPort }, { host: "127.0.0.1", port: greeter.port });
    expect(Buffer.from(await stream.readExactly(GREETING.length)).toString()).toBe(GREETING);
  } catch (error) {
    if (tries === 1 || !(error instanceof SocksRefusal)) throw error;
    await hear(socksPort, tries - 1);
  }
}
