import { expect, test } from "bun:test";
import type { Channel } from "../../../src/linksocks/channel/session.ts";
import { createSession } from "../../../src/linksocks/channel/session.ts";
import { tcpDataHead } from "../../../src/linksocks/codec/encode.ts";
import { newUuid } from "../../../src/linksocks/codec/uuid.ts";
import { createFakeLink } from "../fake-link.ts";

const [FIRST, SECOND] = [newUuid(), newUuid()];

test("hands a message to its channel alone, and drops one for a channel that is not there", () => {
  const session = createSession(createFakeLink());
  const [first, second] = [createRecorder(), createRecorder()];
  session.add(FIRST, first.channel);
  session.add(SECOND, second.channel);
  session.dispatch({ type: "finish", channel: SECOND }, Buffer.alloc(0));
  session.dispatch({ type: "finish", channel: newUuid() }, Buffer.alloc(0));
  expect([first.heard, second.heard]).toEqual([[], ["finish"]]);
});

test("does not give a name away twice", () => {
  const session = createSession(createFakeLink());
  expect(session.add(FIRST, createRecorder().channel)).toBe(true);
  expect(session.add(FIRST, createRecorder().channel)).toBe(false);
  session.remove(FIRST);
  expect(session.add(FIRST, createRecorder().channel)).toBe(true);
});

test("serves those that wait for the link in turn, and stops where it is congested again", () => {
  const link = createFakeLink();
  const session = createSession(link);
  const served: string[] = [];
  session.awaitDrain(FIRST, () => {
    served.push("first");
    link.congested = true;
    session.awaitDrain(FIRST, () => void served.push("first again"));
  });
  session.awaitDrain(SECOND, () => void served.push("second"));
  session.drain();
  expect(served).toEqual(["first"]);
  link.congested = false;
  session.drain();
  expect(served).toEqual(["first", "second", "first again"]);
});

test("does not read the link while anyone holds it", () => {
  const link = createFakeLink();
  const session = createSession(link);
  session.hold(FIRST);
  session.hold(SECOND);
  session.release(FIRST);
  expect(link.isPaused).toBe(true);
  session.remove(SECOND);
  expect(link.isPaused).toBe(false);
});

test("tells every channel that the link is lost, once", () => {
  const session = createSession(createFakeLink());
  const recorder = createRecorder();
  session.add(FIRST, recorder.channel);
  session.end();
  session.end();
  expect(recorder.heard).toEqual(["lost"]);
});

test("puts a head before the bytes of a TCP channel, and counts them", () => {
  const link = createFakeLink();
  const session = createSession(link);
  session.sendTcpData(tcpDataHead(FIRST), Buffer.from("hello"));
  session.sendTcpData(tcpDataHead(FIRST), Buffer.from("you"));
  expect(link.sent.map((message) => (message.type === "data" ? String(message.body) : message))).toEqual([
    "hello",
    "you",
  ]);
  expect(session.sentBytes).toBe(8);
});

function createRecorder(): { readonly channel: Channel; readonly heard: string[] } {
  const heard: string[] = [];
  return {
    heard,
    channel: { receive: ({ type }) => void heard.push(type), onLinkLost: () => void heard.push("lost") },
  };
}
