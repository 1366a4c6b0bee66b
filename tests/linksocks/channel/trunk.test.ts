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
