import { expect, test } from "bun:test";
import { type Channel, createTrunk } from "../../../src/linksocks/channel/trunk.ts";
import { tcpDataHead } from "../../../src/linksocks/codec/encode.ts";
import { newUuid } from "../../../src/linksocks/codec/uuid.ts";
import { createFakeLink } from "../fake-link.ts";

const [FIRST, SECOND] = [newUuid(), newUuid()];

test("a trunk hands a message to its channel alone, and drops one for a channel that is not there", () => {
  const trunk = createTrunk(createFakeLink());
  const [first, second] = [createRecorder(), createRecorder()];
  trunk.add(FIRST, first.channel);
  trunk.add(SECOND, second.channel);
  trunk.dispatch({ type: "finish", channel: SECOND }, Buffer.alloc(0));
  trunk.dispatch({ type: "finish", channel: newUuid() }, Buffer.alloc(0));
  expect([first.heard, second.heard]).toEqual([[], ["finish"]]);
});

test("a trunk does not give a name away twice", () => {
  const trunk = createTrunk(createFakeLink());
  expect(trunk.add(FIRST, createRecorder().channel)).toBe(true);
  expect(trunk.add(FIRST, createRecorder().channel)).toBe(false);
  trunk.remove(FIRST);
  expect(trunk.add(FIRST, createRecorder().channel)).toBe(true);
});

test("a trunk serves those that wait for the link in turn, and stops where it is congested again", () => {
  const link = createFakeLink();
  const trunk = createTrunk(link);
  const served: string[] = [];
  trunk.awaitDrain(FIRST, () => {
    served.push("first");
    link.congested = true;
    trunk.awaitDrain(FIRST, () => void served.push("first again"));
  });
  trunk.awaitDrain(SECOND, () => void served.push("second"));
  trunk.drain();
  expect(served).toEqual(["first"]);
  link.congested = false;
  trunk.drain();
  expect(served).toEqual(["first", "second", "first again"]);
});

test("a trunk does not read the link while anyone holds it", () => {
  const link = createFakeLink();
  const trunk = createTrunk(link);
  trunk.hold(FIRST);
  trunk.hold(SECOND);
  trunk.release(FIRST);
  expect(link.isPaused).toBe(true);
  trunk.remove(SECOND);
  expect(link.isPaused).toBe(false);
});

test("a trunk tells every channel that the link is lost, once", () => {
  const trunk = createTrunk(createFakeLink());
  const recorder = createRecorder();
  trunk.add(FIRST, recorder.channel);
  trunk.end();
  trunk.end();
  expect(recorder.heard).toEqual(["lost"]);
});

test("a trunk puts a head before the bytes of a TCP channel, and counts them", () => {
  const link = createFakeLink();
  const trunk = createTrunk(link);
  trunk.sendTcpData(tcpDataHead(FIRST), Buffer.from("hello"));
  trunk.sendTcpData(tcpDataHead(FIRST), Buffer.from("you"));
  expect(link.sent.map((message) => (message.type === "data" ? String(message.body) : message))).toEqual([
    "hello",
    "you",
  ]);
  expect(trunk.sentBytes).toBe(8);
});

function createRecorder(): { readonly channel: Channel; readonly heard: string[] } {
  const heard: string[] = [];
  return {
    heard,
    channel: { receive: ({ type }) => void heard.push(type), onLinkLost: () => void heard.push("lost") },
  };
}

test("a channel that a message makes fail ends, with a word to the peer, and its neighbours go on", () => {
  const link = createFakeLink();
  const trunk = createTrunk(link);
  const [broken, neighbour] = [newUuid(), newUuid()];
  let isLost = false;
  const heard: string[] = [];
  trunk.add(broken, {
    receive() {
      throw new Error("a defect");
    },
    onLinkLost() {
      isLost = true;
    },
  });
  trunk.add(neighbour, { receive: ({ type }) => void heard.push(type), onLinkLost: () => undefined });
  for (const channel of [broken, neighbour]) trunk.dispatch({ type: "finish", channel }, Buffer.alloc(0));
  expect([trunk.has(broken), isLost, trunk.has(neighbour), heard]).toEqual([false, true, true, ["finish"]]);
  expect(link.sent).toEqual([{ type: "disconnect", channel: broken, reason: "internal error" }]);
});

test("a channel that fails while it drains, or as the link goes, keeps no other one from its turn", () => {
  const trunk = createTrunk(createFakeLink());
  const ids = [newUuid(), newUuid()];
  const turns: string[] = [];
  for (const [index, id] of ids.entries()) {
    const act = (what: string) => {
      turns.push(`${what} ${index}`);
      if (index === 0) throw new Error("a defect");
    };
    trunk.add(id, { receive: () => undefined, onLinkLost: () => act("lost") });
    trunk.awaitDrain(id, () => act("drain"));
  }
  trunk.drain();
  expect(turns).toEqual(["drain 0", "lost 0", "drain 1"]);
  trunk.end();
  expect(turns.at(-1)).toBe("lost 1");
});
