import { describe, expect, test } from "bun:test";
import { udpOk, webOk } from "../../rig/linksocks-checks.ts";
import type { LinksocksPeer } from "../../rig/linksocks-peer.ts";
import { accepts } from "../../rig/socks.ts";
import type { SocksProxy } from "../../rig/socks5-client.ts";
import { until } from "../../rig/until.ts";
import { PAIRS, type Pair } from "./matrix.ts";
import { openTargets } from "./targets.ts";

const token = "stress";

const { web, echo } = openTargets();
const get = (proxy: SocksProxy) => webOk(proxy, web());
const exchange = (proxy: SocksProxy) => udpOk(proxy, echo());

/** How often `act` is done, and how many at a time. */
interface Load {
  readonly what: string;
  readonly providers: number;
  readonly act: (proxy: SocksProxy) => Promise<void>;
  readonly times: number;
  readonly parallel: number;
}

const FORWARD: readonly Load[] = [
  { what: "100 GETs, 10 at a time", providers: 0, act: get, times: 100, parallel: 10 },
  { what: "25 parallel UDP sessions", providers: 0, act: exchange, times: 25, parallel: 25 },
];

const REVERSE: readonly Load[] = [
  { what: "50 GETs, 10 at a time", providers: 1, act: get, times: 50, parallel: 10 },
  { what: "25 parallel UDP sessions", providers: 1, act: exchange, times: 25, parallel: 25 },
  { what: "5 providers, 100 GETs, 10 at a time", providers: 5, act: get, times: 100, parallel: 10 },
  {
    what: "5 providers, 25 UDP sessions, 5 at a time",
    providers: 5,
    act: exchange,
    times: 25,
    parallel: 5,
  },
];

for (const pair of PAIRS) {
  describe(`stress, forward, server ${pair.server.name}, client ${pair.client.name}:`, () => {
    for (const load of FORWARD) {
      test(`${load.what}: no failure`, async () => {
        await using server = await pair.server.start("server", { token });
        await using client = await pair.client.start("client", { url: server.url, token });
        expect(await collectFailures(load, { port: client.socksPort })).toEqual([]);
      });
    }
  });

  describe(`stress, reverse, server ${pair.server.name}, provider ${pair.client.name}:`, () => {
    for (const load of REVERSE) {
      test(`${load.what}: no failure`, async () => {
        await using peers = new AsyncDisposableStack();
        const server = peers.use(await pair.server.start("server", { token, reverse: true }));
        for (const provider of await startProviders(pair, server, load.providers)) peers.use(provider);
        await until("the reverse port is open", () => accepts(server.socksPort));
        expect(await collectFailures(load, { port: server.socksPort })).toEqual([]);
      });
    }
  });
}

function startProviders({ client }: Pair, { url }: LinksocksPeer, count: number): Promise<LinksocksPeer[]> {
  return Promise.all(Array.from({ length: count }, () => client.start("provider", { url, token })));
}

async function collectFailures({ act, times, parallel }: Load, proxy: SocksProxy): Promise<readonly string[]> {
  const failures: string[] = [];
  let begun = 0;
  const work = async () => {
    while (begun++ < times) await act(proxy).catch((error: Error) => failures.push(error.message));
  };
  await Promise.all(Array.from({ length: parallel }, work));
  return failures;
}
