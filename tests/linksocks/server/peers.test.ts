import { describe, expect, test } from "bun:test";
import type { Role } from "../../../src/linksocks/server/admit.ts";
import { createPeers } from "../../../src/linksocks/server/peers.ts";
import type { Token } from "../../../src/linksocks/server/token-registry.ts";
import { createFakePeer } from "./peer-rig.ts";
import { createTestRegistry, reverse } from "./token-rig.ts";

describe("providers", () => {
  test("providers of a reverse token take turns, and only those of that token", () => {
    const { peers, r1, r2, come } = createRig();
    const [one, two] = [come("provider", r1), come("provider", r1)];
    const other = come("provider", r2);
    const pool = peers.providersOf("r1");
    expect([pool.pick(0), pool.pick(0), pool.pick(0)]).toEqual([one.trunk, two.trunk, one.trunk]);
    expect(peers.providersOf("r2").pick(0)).toBe(other.trunk);
  });

  test("providers are what a connector token of the server's own leads to", () => {
    const { peers, r1, c1, come } = createRig();
    const provider = come("provider", r1);
    expect(peers.providersFor(c1).pick(0)).toBe(provider.trunk);
  });

  test("providers that go are not asked any more", () => {
    const { peers, r1, come } = createRig();
    const [one, two] = [come("provider", r1), come("provider", r1)];
    peers.remove(one);
    const pool = peers.providersOf("r1");
    expect([pool.pick(0), pool.pick(0)]).toEqual([two.trunk, two.trunk]);
    peers.remove(two);
    expect(peers.providersOf("r1").size).toBe(0);
  });

  test("providers are waited for by requests that came before them, also where others came and went meanwhile", async () => {
    const { peers, r1, come } = createRig();
    peers.remove(come("provider", r1));
    const waiting = peers.providersOf("r1").pick(30_000);
    const provider = come("provider", r1);
    expect(await waiting).toBe(provider.trunk);
  });

  test("providers with autonomy serve the connectors that they have made themselves, with all connections of theirs", () => {
    const { peers, auto, owned, come } = createRig();
    const one = come("provider", auto, "one");
    const again = come("provider", auto, "one");
    come("provider", auto, "two");
    const pool = peers.providersFor(owned("one"));
    expect([pool.pick(0), pool.pick(0), pool.pick(0)]).toEqual([one.trunk, again.trunk, one.trunk]);
    expect(peers.providersFor(owned("nobody")).size).toBe(0);
  });

  test("providers with autonomy together serve the connectors that the server has made", () => {
    const { peers, auto, c2, come } = createRig();
    const [one, two] = [come("provider", auto, "one"), come("provider", auto, "two")];
    const pool = peers.providersFor(c2);
    expect([pool.pick(0), pool.pick(0)]).toEqual([one.trunk, two.trunk]);
  });
});

describe("partners", () => {
  test("partners are told of one another, each at its coming and on every change", () => {
    const { peers, r1, c1, come } = createRig();
    const provider = come("provider", r1);
    expect(provider.partners()).toEqual([0]);
    const connector = come("connector", c1);
    expect([provider.partners(), connector.partners()]).toEqual([[0, 1], [1]]);
    const second = come("provider", r1);
    expect([connector.partners(), second.partners()]).toEqual([[1, 2], [1]]);
    peers.remove(second);
    expect(connector.partners()).toEqual([1, 2, 1]);
    peers.remove(connector);
    expect([provider.partners(), second.partners()]).toEqual([[0, 1, 0], [1]]);
  });

  test("partners are not told of those of another token", () => {
    const { r1, c1, r2, come } = createRig();
    const stranger = come("provider", r2);
    come("provider", r1);
    come("connector", c1);
    expect(stranger.partners()).toEqual([0]);
  });

  test("partners of a connector that a provider has made are that provider's connections alone", () => {
    const { auto, owned, come } = createRig();
    const connector = come("connector", owned("one"));
    come("provider", auto, "two");
    come("provider", auto, "one");
    expect(connector.partners()).toEqual([0, 0, 1]);
  });

  test("partners are none of a client's", () => {
    const { f1, r1, come } = createRig();
    const provider = come("provider", r1);
    const client = come("client", f1);
    expect([client.link.sent, provider.partners()]).toEqual([[], [0]]);
  });
});

test("everybody is listed, by token too, until they go", () => {
  const { peers, f1, r1, come } = createRig();
  const [client, other, provider] = [come("client", f1), come("client", f1), come("provider", r1)];
  expect(peers.list()).toEqual([client, other, provider]);
  expect(peers.withToken("f1")).toEqual([client, other]);
  peers.remove(client);
  expect(peers.withToken("f1")).toEqual([other]);
  expect(peers.withToken("nobody")).toEqual([]);
});

test("who goes twice, or was never there, is gone once", () => {
  const { peers, r1, c1, come } = createRig();
  const connector = come("connector", c1);
  const provider = come("provider", r1);
  for (let count = 0; count < 2; count += 1) peers.remove(provider);
  peers.remove(createFakePeer("provider", r1));
  expect(connector.partners()).toEqual([0, 1, 0]);
});

function createRig() {
  const { tokens } = createTestRegistry();
  const peers = createPeers();
  const [r1, r2] = [tokens.addReverse(reverse("r1")), tokens.addReverse(reverse("r2"))];
  const auto = tokens.addReverse(reverse("auto", { autonomy: true }));
  const [c1, c2] = [tokens.addConnector("c1", "r1"), tokens.addConnector("c2", "auto")];
  return {
    peers,
    r1,
    r2,
    auto,
    c1,
    c2,
    f1: tokens.addForward("f1"),
    owned: (owner: string) => tokens.addConnector(`of ${owner}`, "auto", owner),
    come(role: Role, token: Token, instance?: string) {
      const peer = createFakePeer(role, token, instance);
      peers.add(peer);
      return peer;
    },
  };
}
