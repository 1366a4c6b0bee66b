import { expect, test } from "bun:test";
import { createOutbound } from "../../../src/linksocks/channel/outbound.ts";
import { createTrunk } from "../../../src/linksocks/channel/trunk.ts";
import { newUuid } from "../../../src/linksocks/codec/uuid.ts";
import { createFakeLink } from "../fake-link.ts";

const KIB = 1024;
const ID = newUuid();

test("bytes go out as they came, in messages of their channel", () => {
  const { link, write } = createRig(100);
  expect([write("one"), write("two")]).toEqual([3, 3]);
  expect(link.sent).toMatchObject([
    { type: "data", channel: ID, protocol: "tcp", isCompressed: false },
    { type: "data", channel: ID, protocol: "tcp", isCompressed: false },
  ]);
  expect(link.bodies()).toEqual(["one", "two"]);
});

test("nothing goes out before the peer knows of the channel", () => {
  const { link, write, outbound, drains } = createRig(100, { isAllowed: false });
  expect([write("one"), link.sent.length]).toEqual([0, 0]);
  outbound.allow();
  expect([drains(), write("one")]).toEqual([1, 3]);
});

test("no more goes out than the peer takes, which is told once that it holds us up", () => {
  const { link, outbound, write, drains } = createRig(5);
  expect([write("one"), write("two"), write("o")]).toEqual([3, 2, 0]);
  expect(link.sent.filter(({ type }) => type === "window")).toEqual([{ type: "window", channel: ID, bytes: 0 }]);
  outbound.addCredit(1);
  expect([drains(), write("o")]).toEqual([1, 1]);
  expect(link.bodies().join("")).toBe("onetwo");
});

test("a peer that takes less than it was first thought to is owed for", () => {
  const { link, outbound, write, drains } = createRig(4);
  write("abcd");
  outbound.addCredit(-2);
  outbound.addCredit(2);
  expect([write("e"), drains()]).toEqual([0, 0]);
  outbound.addCredit(1);
  expect([write("efgh"), drains()]).toEqual([1, 1]);
  expect(link.bodies()).toEqual(["abcd", "e"]);
});

test("nothing goes out while the link is congested, and its drain is told", () => {
  const { link, trunk, write, drains } = createRig(100);
  link.congested = true;
  expect([write("waits"), link.sent.length]).toEqual([0, 0]);
  link.congested = false;
  trunk.drain();
  expect([drains(), write("waits"), link.bodies()]).toEqual([1, 5, ["waits"]]);
});

test.each([
  ["with windows", 300 * KIB],
  ["without windows", Number.POSITIVE_INFINITY],
])("to a peer %s, much goes as messages that are as long as they may be", (_, credit) => {
  const { link, trunk, outbound } = createRig(credit, { longestBody: 100 * KIB });
  const longest = trunk.longestBody(credit !== Number.POSITIVE_INFINITY);
  expect(longest).toBeLessThanOrEqual(100 * KIB);
  const bytes = Buffer.from(Array.from({ length: 2 * longest + 5 }, (_unused, index) => index % 251));
  expect(outbound.write(bytes)).toBe(bytes.length);
  expect(link.bodies().map((body) => body.length)).toEqual([longest, longest, 5]);
  expect(Buffer.from(link.bodies().join(""), "latin1")).toEqual(bytes);
});

test("a peer that turns out to keep no windows is sent all that waits", () => {
  const { link, outbound, write } = createRig(1);
  expect(write("abcdef")).toBe(1);
  outbound.addCredit(Number.POSITIVE_INFINITY);
  expect(write("bcdef")).toBe(5);
  expect(link.bodies()).toEqual(["a", "bcdef"]);
});

function createRig(
  credit: number,
  { longestBody, isAllowed = true }: { readonly longestBody?: number; readonly isAllowed?: boolean } = {},
) {
  const link = createFakeLink();
  const trunk = createTrunk(link, longestBody);
  let drains = 0;
  const outbound = createOutbound(ID, trunk, credit, () => {
    drains += 1;
  });
  if (isAllowed) {
    outbound.allow();
    drains = 0;
  }
  const bodies = () =>
    link.sent.flatMap((message) => (message.type === "data" ? Buffer.from(message.body).toString("latin1") : []));
  return {
    link: Object.assign(link, { bodies }),
    trunk,
    outbound,
    drains: () => drains,
    write: (text: string) => outbound.write(Buffer.from(text)),
  };
}
