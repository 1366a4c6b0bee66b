import { afterEach, beforeEach, describe, expect, jest, test } from "bun:test";
import { decodeMessage } from "../../../src/linksocks/codec/decode.ts";
import { encodeMessage } from "../../../src/linksocks/codec/encode.ts";
import { type Decoded, type LinkMessage, SERVER_HELLO } from "../../../src/linksocks/codec/message.ts";
import { newUuid, parseUuid } from "../../../src/linksocks/codec/uuid.ts";
import type { LinkListener } from "../../../src/linksocks/link/link.ts";
import { admit, type Credentials, type Decision, type Peer } from "../../../src/linksocks/server/admit.ts";
import { createFakeLink } from "../fake-link.ts";
import { createTestRegistry } from "./token-rig.ts";

const AUTHENTICATION_MS = 10_000;
const INSTANCE = "00112233-4455-6677-8899-aabbccddeeff";
const BY_URL: Credentials = { by: "url", token: "hash", reverse: null, instance: INSTANCE };
const AUTH: LinkMessage = { type: "auth", token: "t1", reverse: true, instance: parseUuid(INSTANCE) };
const WELCOME: Decoded[] = [
  { type: "auth-response", success: true, error: "", assignedToken: undefined },
  SERVER_HELLO,
];
const LOG: LinkMessage = { type: "log", level: "info", text: "hello" };

const { tokens } = createTestRegistry();
const ACCEPTED: Decision = { isAccepted: true, token: tokens.addForward("t1"), role: "client" };
const REFUSED: Decision = { isAccepted: false, reason: "invalid token" };

beforeEach(() => void jest.useFakeTimers());
afterEach(() => void jest.useRealTimers());

describe("a client that authenticates in its URL", () => {
  test("a client that authenticates in its URL is answered and greeted before anything else is sent, and then counted in", () => {
    const { link, heard, decided } = start({ credentials: BY_URL, onAdmitted: ({ trunk }) => trunk.send(LOG) });
    expect(decided).toEqual([BY_URL]);
    expect(link.sent).toEqual([...WELCOME, LOG]);
    expect(heard).toEqual([`admitted client ${INSTANCE} 192.0.2.1`]);
  });

  test("a client that authenticates in its URL is refused with the reason, and closed", () => {
    const { link, heard } = start({ credentials: BY_URL, decision: REFUSED });
    expect(link.sent).toEqual([refusal("invalid token")]);
    expect(link.closedWith).toEqual({ code: 1008, reason: "invalid token" });
    expect(heard).toEqual(["refused invalid token"]);
  });

  test("a client that authenticates in its URL is not asked for an Auth message any more: it would be one too many", () => {
    const { heard, listener, decided } = start({ credentials: BY_URL });
    listener.onFrame(frame(AUTH));
    expect(decided).toHaveLength(1);
    expect(heard.at(-1)).toBe("message auth");
  });
});

describe("a client that authenticates by a message", () => {
  test("a client that authenticates by a message is told nothing before it, and then taken at its word", () => {
    const { link, heard, decided, listener } = start();
    expect([link.sent, heard]).toEqual([[], []]);
    listener.onFrame(frame(AUTH));
    expect(decided).toEqual([{ by: "message", token: "t1", reverse: true, instance: INSTANCE }]);
    expect(link.sent).toEqual(WELCOME);
    expect(heard).toEqual([`admitted client ${INSTANCE} 192.0.2.1`]);
  });

  test("a client that authenticates by a message is refused with the reason, and what it sends behind that is not heard", () => {
    const { link, heard, decided, listener } = start({ decision: REFUSED });
    listener.onFrame(frame(AUTH));
    listener.onFrame(frame(AUTH));
    listener.onFrame(frame(LOG));
    expect(link.sent).toEqual([refusal("invalid token")]);
    expect(link.closedWith).toEqual({ code: 1008, reason: "invalid token" });
    expect([decided.length, heard]).toEqual([1, ["refused invalid token"]]);
  });

  test.each([
    ["another message", frame(LOG), "invalid auth message"],
    ["a type that we do not know", Buffer.from([0x01, 0x0b]), "invalid auth message"],
    ["half a message", Buffer.from([0x01, 0x01, 5]), "invalid auth message: message of type 1 is too short"],
    ["nothing", Buffer.alloc(0), "invalid auth message: message too short"],
  ])("a client that authenticates by a message is refused where it sends %s first", (_, first, reason) => {
    const { link, heard, decided, listener } = start();
    listener.onFrame(first);
    expect(link.sent).toEqual([refusal(reason)]);
    expect([link.closedWith?.code, heard, decided]).toEqual([1008, [`refused ${reason}`], []]);
  });

  test("a client that authenticates by a message has 10 s for it", () => {
    const { link, heard, listener } = start();
    jest.advanceTimersByTime(AUTHENTICATION_MS - 1);
    expect(link.sent).toEqual([]);
    jest.advanceTimersByTime(1);
    expect(link.sent).toEqual([refusal("authentication timed out")]);
    expect([link.closedWith?.code, heard]).toEqual([1008, ["refused authentication timed out"]]);
    listener.onFrame(frame(AUTH));
    expect(heard).toHaveLength(1);
  });

  test.each([
    ["was accepted", ACCEPTED, frame(AUTH)],
    ["was refused", REFUSED, frame(AUTH)],
    ["has sent something else", ACCEPTED, frame(LOG)],
  ])("a client that authenticates by a message that %s is not told of those 10 s", (_, decision, first) => {
    const { heard, listener } = start({ decision });
    listener.onFrame(first);
    jest.advanceTimersByTime(AUTHENTICATION_MS);
    expect(heard).toHaveLength(1);
  });
});

test("a client whose first message is too long at the first look is not read any more, and is gone a second later", () => {
  jest.useFakeTimers();
  const { link, heard } = start({
    watchFirstMessage({ onTooLong }) {
      onTooLong();
      return () => undefined;
    },
  });
  expect(link.closedWith?.code).toBe(1009);
  expect([link.isPaused, heard]).toEqual([true, ["refused invalid auth message: too long"]]);
  expect(link.isTerminated).toBe(false);
  jest.advanceTimersByTime(1_000);
  expect(link.isTerminated).toBe(true);
});

describe("a client that was accepted", () => {
  test("a client that was accepted is heard in the order in which it speaks: its channels, and the rest with the bytes", () => {
    const { heard, listener, peer } = start({ credentials: BY_URL });
    const id = newUuid();
    peer().trunk.add(id, {
      receive: ({ type }) => void heard.push(`channel ${type}`),
      onLinkLost: () => void heard.push("channel lost"),
    });
    listener.onFrame(frame(LOG));
    listener.onFrame(frame({ type: "finish", channel: id }));
    listener.onFrame(frame({ type: "partners", count: 1 }));
    listener.onClose("bye");
    expect(heard.slice(1)).toEqual(["message log", "channel finish", "message partners", "channel lost", "lost bye"]);
  });

  test("a client that was accepted and cannot be understood is closed", () => {
    const { link, listener } = start({ credentials: BY_URL });
    listener.onFrame(Buffer.from([0x01, 0x04]));
    expect(link.closedWith?.code).toBe(1002);
  });

  test("a client that was accepted has a trunk that goes on where the link has room again", () => {
    const { listener, peer } = start({ credentials: BY_URL });
    let drained = 0;
    peer().trunk.awaitDrain(newUuid(), () => {
      drained += 1;
    });
    listener.onDrain();
    expect(drained).toBe(1);
  });

  test("a client that was accepted gets messages no longer than the user wants", () => {
    const { peer } = start({ credentials: BY_URL, bufferSize: 1_000 });
    expect([peer().trunk.longestBody(true), peer().trunk.longestBody(false)]).toEqual([1_000, 1_000]);
  });
});

test.each([
  ["before it has said anything", undefined],
  ["after it was refused", frame(LOG)],
])("a client that goes %s is gone, and no one was lost", (_, first) => {
  const { heard, listener } = start();
  if (first !== undefined) listener.onFrame(first);
  listener.onClose("bye");
  jest.advanceTimersByTime(AUTHENTICATION_MS);
  expect(heard.filter((word) => !word.startsWith("refused"))).toEqual(["gone"]);
  expect(heard.includes("refused authentication timed out")).toBe(false);
});

interface Situation {
  readonly credentials?: Credentials;
  readonly decision?: Decision;
  readonly bufferSize?: number;
  readonly onAdmitted?: (peer: Peer) => void;
  readonly watchFirstMessage?: Parameters<typeof admit>[0]["watchFirstMessage"];
}

function start({
  credentials,
  decision = ACCEPTED,
  bufferSize = 1_048_576,
  onAdmitted,
  watchFirstMessage = () => undefined,
}: Situation = {}) {
  const link = createFakeLink();
  const heard: string[] = [];
  const decided: Credentials[] = [];
  let admitted: Peer | undefined;
  const listener: LinkListener = admit({
    link,
    address: "192.0.2.1",
    bufferSize,
    credentials,
    watchFirstMessage,
    decide(given) {
      decided.push(given);
      return decision;
    },
    onRefused: (reason) => void heard.push(`refused ${reason}`),
    onAdmitted(peer) {
      admitted = peer;
      heard.push(`admitted ${peer.role} ${peer.instance} ${peer.address}`);
      onAdmitted?.(peer);
    },
    onMessage(_, message, bytes) {
      expect(decodeMessage(bytes)).toEqual(message);
      heard.push(`message ${message.type}`);
    },
    onLost: (_, reason) => void heard.push(`lost ${reason}`),
    onGone: () => void heard.push("gone"),
  });
  const peer = () => {
    if (admitted === undefined) throw new Error("nobody was admitted");
    return admitted;
  };
  return { link, heard, decided, listener, peer };
}

function frame(message: LinkMessage): Buffer {
  return Buffer.from(encodeMessage(message));
}

function refusal(error: string): Decoded {
  return { type: "auth-response", success: false, error };
}
