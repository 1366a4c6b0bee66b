import { expect, test } from "bun:test";
import { createOutbound } from "../../../src/linksocks/channel/outbound.ts";
import { createSession } from "../../../src/linksocks/channel/session.ts";
import { newUuid } from "../../../src/linksocks/codec/uuid.ts";
import { createFakeLink } from "../fake-link.ts";

const KIB = 1024;
const ID = newUuid();

test("bytes go out as they came, in messages of their channel", () => {
  const { link, outbound } = createRig(100);
  outbound.push(Buffer.from("one"));
  outbound.push(Buffer.from("two"));
  expect([outbound.send(), outbound.waiting]).toEqual([undefined, 0]);
  expect(link.sent).toMatchObject([
    { type: "data", channel: ID, protocol: "tcp", isCompressed: false },
    { type: "data", channel: ID, protocol: "tcp", isCompressed: false },
  ]);
  expect(link.bodies()).toEqual(["one", "two"]);
});

test("no more goes out than the peer takes, and the rest once it takes more", () => {
  const { link, outbound } = createRig(5);
  outbound.push(Buffer.from("one"));
  outbound.push(Buffer.from("two"));
  expect([outbound.send(), outbound.waiting]).toEqual(["credit", 1]);
  expect(outbound.send()).toBe("credit");
  expect(link.bodies()).toEqual(["one", "tw"]);
  outbound.addCredit(1);
  expect([outbound.send(), outbound.waiting]).toEqual([undefined, 0]);
  expect(link.bodies().join("")).toBe("onetwo");
});

test("a peer that takes less than it was first thought to is owed for", () => {
  const { link, outbound } = createRig(4);
  outbound.push(Buffer.from("abcd"));
  outbound.send();
  outbound.addCredit(-2);
  outbound.push(Buffer.from("efgh"));
  outbound.addCredit(2);
  expect(outbound.send()).toBe("credit");
  outbound.addCredit(1);
  outbound.send();
  expect(link.bodies()).toEqual(["abcd", "e"]);
});

test("nothing goes out while the link is congested", () => {
  const { link, outbound } = createRig(100);
  link.congested = true;
  outbound.push(Buffer.from("waits"));
  expect([outbound.send(), outbound.waiting, link.sent.length]).toEqual(["link", 5, 0]);
  link.congested = false;
  expect([outbound.send(), link.bodies()]).toEqual([undefined, ["waits"]]);
});

test("where nothing waits, nothing is in the way", () => {
  const { link, outbound } = createRig(0);
  link.congested = true;
  expect(outbound.send()).toBeUndefined();
});

test.each([
  ["with windows", 300 * KIB],
  ["without windows", Number.POSITIVE_INFINITY],
])("to a peer %s, much goes as messages that are as long as they may be", (_, credit) => {
  const { link, session, outbound } = createRig(credit, 100 * KIB);
  const longest = session.longestBody(credit !== Number.POSITIVE_INFINITY);
  expect(longest).toBeLessThanOrEqual(100 * KIB);
  const bytes = Buffer.from(Array.from({ length: 2 * longest + 5 }, (_unused, index) => index % 251));
  outbound.push(bytes);
  outbound.send();
  expect(link.bodies().map((body) => body.length)).toEqual([longest, longest, 5]);
  expect(Buffer.from(link.bodies().join(""), "latin1")).toEqual(bytes);
});

test("to a peer without windows, small pieces that had to wait go as one message, in their order", () => {
  const { link, outbound } = createRig(Number.POSITIVE_INFINITY);
  link.congested = true;
  for (const piece of ["a", "b", "c"]) outbound.push(Buffer.from(piece));
  outbound.send();
  link.congested = false;
  outbound.send();
  expect(link.bodies()).toEqual(["abc"]);
});

test("a peer that turns out to keep no windows is sent all that waits", () => {
  const { link, outbound } = createRig(1);
  outbound.push(Buffer.from("abcdef"));
  outbound.send();
  outbound.addCredit(Number.POSITIVE_INFINITY);
  expect(outbound.send()).toBeUndefined();
  expect(link.bodies()).toEqual(["a", "bcdef"]);
});

function createRig(credit: number, longestBody?: number) {
  const link = createFakeLink();
  const session = createSession(link, longestBody);
  const bodies = () =>
    link.sent.flatMap((message) => (message.type === "data" ? Buffer.from(message.body).toString("latin1") : []));
  return { link: Object.assign(link, { bodies }), session, outbound: createOutbound(ID, session, credit) };
}
