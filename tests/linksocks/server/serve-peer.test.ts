import { describe, expect, test } from "bun:test";
import type { TrunkMessage } from "../../../src/linksocks/channel/read-frame.ts";
import { encodeMessage } from "../../../src/linksocks/codec/encode.ts";
import {
  CLIENT_HELLO,
  type ConnectorMessage,
  type LinkMessage,
  SERVER_HELLO,
} from "../../../src/linksocks/codec/message.ts";
import { newUuid } from "../../../src/linksocks/codec/uuid.ts";
import type { Role } from "../../../src/linksocks/server/admit.ts";
import { createPeers } from "../../../src/linksocks/server/peers.ts";
import { servePeer } from "../../../src/linksocks/server/serve-peer.ts";
import type { Token } from "../../../src/linksocks/server/token-registry.ts";
import { createFakeStream } from "../../net/fake-stream.ts";
import { turn } from "../../rig/event-loop.ts";
import { until } from "../../rig/until.ts";
import { OPEN } from "../exit/target-rig.ts";
import { CONNECT, ID, TARGET } from "../sample-connect.ts";
import { createFakePeer, type FakePeer } from "./peer-rig.ts";
import { createTestRegistry, reverse } from "./token-rig.ts";

describe("a Connect", () => {
  test("a Connect of a client is dialled for by the server itself", async () => {
    const { dialled, say, come, f1 } = createRig();
    const client = come("client", f1);
    say(client, CONNECT);
    await turn();
    expect(dialled).toEqual([TARGET]);
    expect(client.link.sent).toMatchObject([{ type: "connect-response", channel: ID, success: true }]);
  });

  test("a Connect of a connector goes to a provider as it came, and nobody is dialled here", async () => {
    const { dialled, say, come, r1, c1 } = createRig();
    const provider = come("provider", r1);
    const connector = come("connector", c1);
    provider.link.takeSent();
    say(connector, CONNECT);
    await turn();
    expect(provider.link.takeSent()).toEqual([CONNECT]);
    expect(dialled).toEqual([]);
  });

  test("a Connect of a connector waits as long as it is told to where there is no provider, and is then refused", async () => {
    const { say, come, c1 } = createRig({ connectorWaitMs: 0 });
    const connector = come("connector", c1);
    connector.link.takeSent();
    say(connector, CONNECT);
    await until("it is answered", () => connector.link.sent.some(({ type }) => type === "connect-response"));
    expect(connector.link.sent.at(-1)).toEqual(refusal("no available reverse clients"));
  });

  test("a Connect of a connector that waits is carried by the provider that comes", async () => {
    const { say, come, r1, c1 } = createRig();
    const connector = come("connector", c1);
    say(connector, CONNECT);
    const provider = come("provider", r1);
    await turn();
    expect(provider.link.sent).toContainEqual(CONNECT);
  });

  test.each(["client", "connector"] as const)(
    "a Connect of a %s that would move a channel here is told that it is over",
    (role) => {
      const { say, come, r1, f1, c1 } = createRig();
      const provider = come("provider", r1);
      const peer = come(role, role === "client" ? f1 : c1);
      provider.link.takeSent();
      say(peer, { ...CONNECT, resume: true });
      expect(peer.link.sent.at(-1)).toEqual({ type: "disconnect", channel: ID, reason: "channel expired" });
      expect(provider.link.takeSent()).toEqual([]);
    },
  );

  test("a Connect of a provider is refused: this network is not for it", async () => {
    const { dialled, say, come, r1 } = createRig();
    const provider = come("provider", r1);
    say(provider, CONNECT);
    await turn();
    expect(provider.link.sent.at(-1)).toEqual(refusal("a provider may not connect"));
    expect(dialled).toEqual([]);
  });
});

describe("a Connector message", () => {
  test.each([
    ["a client", "client", "f1"],
    ["a connector", "connector", "c1"],
    ["a provider without autonomy", "provider", "r1"],
  ] as const)("of %s is refused", (_, role, name) => {
    const rig = createRig();
    const peer = rig.come(role, rig[name]);
    for (const operation of ["add", "remove"] as const) {
      expect(rig.manage(peer, "c1", operation)).toMatchObject({
        success: false,
        error: "Unauthorized connector management attempt",
      });
    }
    expect(rig.tokens.findByText("c1")).toBe(rig.c1);
  });

  test("a Connector message of an autonomous provider makes a token of its own, and answers the request", () => {
    const { tokens, come, manage, auto } = createRig();
    const provider = come("provider", auto, "one");
    const request = newUuid();
    expect(manage(provider, "c9", "add", request)).toEqual({
      type: "connector-response",
      request,
      success: true,
      error: "",
      token: "c9",
    });
    expect(tokens.findByText("c9")).toMatchObject({ kind: "connector", reverseToken: "auto", owner: "one" });
  });

  test("a Connector message without a token makes one up", () => {
    const { tokens, come, manage, auto } = createRig();
    const answer = manage(come("provider", auto, "one"), "", "add");
    expect(answer).toMatchObject({ success: true, token: expect.stringMatching(/^[\da-f]{16}$/) });
    expect(tokens.list().at(-1)).toMatchObject({ kind: "connector", owner: "one" });
  });

  test("a Connector message may be repeated, by another connection of the same provider too", () => {
    const { come, manage, auto } = createRig();
    const [one, again] = [come("provider", auto, "one"), come("provider", auto, "one")];
    for (const provider of [one, one, again]) expect(manage(provider, "c9", "add")).toMatchObject({ success: true });
  });

  test.each([
    ["a token that another provider has", "c9"],
    ["a token of the server's own", "c2"],
    ["a forward token", "f1"],
    ["its own reverse token", "auto"],
    ["a name that is reserved", "anonymous"],
  ])("a Connector message cannot have %s", (_, token) => {
    const { come, manage, auto } = createRig();
    manage(come("provider", auto, "one"), "c9", "add");
    const answer = manage(come("provider", auto, "two"), token, "add");
    expect(answer).toMatchObject({ success: false, error: expect.stringMatching(/exists|reserved/), token: "" });
  });

  test("a Connector message takes over what a provider that is gone has left behind", () => {
    const { tokens, peers, come, manage, auto } = createRig();
    const former = come("provider", auto, "one");
    manage(former, "c9", "add");
    peers.remove(former);
    expect(manage(come("provider", auto, "two"), "c9", "add")).toMatchObject({ success: true, token: "c9" });
    expect(tokens.findByText("c9")?.owner).toBe("two");
  });

  test("a Connector message takes over nothing of a provider that has another connection left", () => {
    const { tokens, peers, come, manage, auto } = createRig();
    const former = come("provider", auto, "one");
    come("provider", auto, "one");
    manage(former, "c9", "add");
    peers.remove(former);
    const answer = manage(come("provider", auto, "two"), "c9", "add");
    expect(answer).toMatchObject({ success: false, error: "connector token already exists" });
    expect(tokens.findByText("c9")?.owner).toBe("one");
  });

  test("a Connector message takes over nothing that leads to another reverse token", () => {
    const { tokens, peers, come, manage, auto } = createRig();
    const other = tokens.addReverse(reverse("auto2", { autonomy: true }));
    const former = come("provider", other, "one");
    manage(former, "c9", "add");
    peers.remove(former);
    expect(manage(come("provider", auto, "two"), "c9", "add")).toMatchObject({ success: false });
    expect(tokens.findByText("c9")).toMatchObject({ reverseToken: "auto2", owner: "one" });
  });

  test("a Connector message removes a token of its own, says so without naming it, and leaves others' alone", () => {
    const { tokens, come, manage, auto } = createRig();
    const [one, two] = [come("provider", auto, "one"), come("provider", auto, "two")];
    manage(one, "c9", "add");
    expect(manage(two, "c9", "remove")).toMatchObject({ success: true, token: "" });
    expect(manage(two, "c2", "remove")).toMatchObject({ success: true });
    expect([tokens.findByText("c9")?.owner, tokens.findByText("c2")?.kind]).toEqual(["one", "connector"]);
    expect(manage(one, "c9", "remove")).toMatchObject({ success: true, error: "", token: "" });
    expect(tokens.findByText("c9")).toBeUndefined();
  });
});

test("a client of our own says that it keeps windows; nobody else's word does", () => {
  const { say, come, f1 } = createRig();
  const client = come("client", f1);
  for (const text of ["hello", SERVER_HELLO.text, ""]) say(client, { type: "log", level: "trace", text });
  expect(client.trunk.keepsWindows).toBe(false);
  say(client, CLIENT_HELLO);
  expect(client.trunk.keepsWindows).toBe(true);
  expect(client.link.sent).toEqual([]);
});

test.each<TrunkMessage>([
  { type: "partners", count: 1 },
  { type: "auth", token: "t", reverse: true, instance: ID },
  { type: "auth-response", success: true, error: "" },
  { type: "connector-response", request: ID, success: true, error: "", token: "t" },
])("what a server has no use for is ignored: %j", (message) => {
  const { say, come, f1, tokens } = createRig();
  const client = come("client", f1);
  const before = tokens.list();
  say(client, message);
  expect([client.link.sent, client.link.closedWith, tokens.list()]).toEqual([[], undefined, before]);
});

function createRig({ connectorWaitMs = 30_000 }: { readonly connectorWaitMs?: number } = {}) {
  const { tokens } = createTestRegistry();
  const peers = createPeers();
  const r1 = tokens.addReverse(reverse("r1"));
  const auto = tokens.addReverse(reverse("auto", { autonomy: true }));
  const dialled: unknown[] = [];
  const dial = async (target: unknown) => {
    dialled.push(target);
    return createFakeStream();
  };
  const exitOf = () => ({ dial, destinations: OPEN });
  const options = { log: () => undefined, exitOf, allowsUdp: true, peers, tokens, connectorWaitMs };
  const say = (peer: FakePeer, message: TrunkMessage & LinkMessage) =>
    servePeer(peer, message, Buffer.from(encodeMessage(message)), options);
  return {
    tokens,
    peers,
    dialled,
    say,
    f1: tokens.addForward("f1"),
    r1,
    auto,
    c1: tokens.addConnector("c1", "r1"),
    c2: tokens.addConnector("c2", "auto"),
    come(role: Role, token: Token, instance?: string) {
      const peer = createFakePeer(role, token, instance);
      peers.add(peer);
      return peer;
    },
    /** @returns the answer. */
    manage(peer: FakePeer, token: string, operation: ConnectorMessage["operation"], request = newUuid()) {
      say(peer, { type: "connector", request, token, operation });
      return peer.link.sent.at(-1);
    },
  };
}

function refusal(error: string) {
  return { type: "connect-response", channel: ID, success: false, error, window: undefined } as const;
}
