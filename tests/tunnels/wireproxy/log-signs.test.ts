import { describe, expect, test } from "bun:test";
import { createWeigher } from "../../../src/tunnels/health/weigh.ts";
import { createLogReader, isNoise, METRICS_PATH } from "../../../src/tunnels/wireproxy/log-signs.ts";

const TIME = "2025/11/21 08:10:00";
const NAME = "AbCd…WxYz";
const PEER = `peer(${NAME})`;
const SEND = `ERROR: ${TIME} ${PEER} - Failed to send data packets: write udp 0.0.0.0:51234:`;

const SIGNS = {
  [`DEBUG: ${TIME} ${PEER} - Received handshake response`]: { sign: "answered", peer: NAME },
  [`DEBUG: ${TIME} ${PEER} - Receiving keepalive packet`]: { sign: "heard", peer: NAME },
  [`DEBUG: ${TIME} ${PEER} - Handshake did not complete after 5 seconds, retrying (try 2)`]: {
    sign: "unanswered",
    peer: NAME,
  },
  [`DEBUG: ${TIME} ${PEER} - Handshake did not complete after 20 attempts, giving up`]: { sign: "gave-up", peer: NAME },
  [`DEBUG: ${TIME} ${PEER} - Retrying handshake because we stopped hearing back after 15 seconds`]: {
    sign: "stopped-hearing",
    peer: NAME,
  },
  [`${TIME} Resolving address for example.org`]: { sign: "wanted" },
  [`ERROR: ${TIME} Cannot forward traffic: read tcp 127.0.0.1:1: connection reset by peer`]: { sign: "wanted" },
  [`ERROR: ${TIME} ${PEER} - Failed to send handshake initiation: no known endpoint for peer`]: {
    sign: "send-failed",
    peer: NAME,
    detail: "no known endpoint for peer",
  },
  [`ERROR: ${TIME} ${PEER} - Failed to send handshake response: write udp4 0.0.0.0:1->10.0.0.1:2: sendmmsg: message too long`]:
    { sign: "send-failed", peer: NAME, detail: "message too long" },
  [`ERROR: ${TIME} Failed to read ping response from 10.9.9.9: i/o timeout`]: {
    sign: "ping-failed",
    detail: "10.9.9.9",
  },
  [`ERROR: ${TIME} Failed to ping fd00::1: connect udp: network is unreachable`]: {
    sign: "ping-failed",
    detail: "fd00::1",
  },
  [`DEBUG: ${TIME} Failed to receive makeReceiveIPv4 packet: read udp 0.0.0.0:51234: recvmmsg: network is down`]: {
    sign: "send-failed",
    detail: "network is down",
  },
} as const;

test.each(Object.entries(SIGNS))(
  "a line of the log is a sign, whatever its end, and in no other form than its logger's: %s",
  (line, sign) => {
    expect(readSign(line)).toEqual(sign);
    expect(readSign(`${line}\r`)).toEqual(sign);
    expect(readSign(line.toUpperCase())).toBeUndefined();
    expect(readSign(line.replace(`${TIME} `, ""))).toBeUndefined();
    expect(readSign(` ${line}`)).toBeUndefined();
  },
);

test.each([
  `DEBUG: ${TIME} UDP bind has been updated`,
  `DEBUG: ${TIME} Interface state was Down, requested Up, now Up`,
  `DEBUG: ${TIME} ${PEER} - Sending handshake initiation`,
  `DEBUG: ${TIME} ${PEER} - Sending keepalive packet`,
  `DEBUG: ${TIME} ${PEER} - Removing all keys, since we haven't received a new one in 540 seconds`,
  `ERROR: ${TIME} TCP Client Tunnel to 10.0.0.1:80: connect tcp 10.0.0.1:80: no route to host`,
  `${TIME} Health metric request: /metrics`,
  "Process Output:",
  "",
])("nothing is read from: %s", (line) => {
  expect(readSign(line)).toBeUndefined();
});

describe("what a client makes up", () => {
  const forged = [
    `DEBUG: ${TIME} ${PEER} - Received handshake response`,
    `${SEND} sendmmsg: network is unreachable`,
    `${TIME} Resolving address for a`,
    `DEBUG: ${TIME} ${PEER} - Handshake did not complete after 20 attempts, giving up`,
  ];

  /** The signs of a log in which a client has asked for `name`, and WireGuard has then spoken itself. */
  function signsAfter(opening: string, name: string) {
    const own = `DEBUG: ${TIME} ${PEER} - Handshake did not complete after 5 seconds, retrying (try 2)`;
    const reader = createLogReader();
    const lines = `${TIME} ${opening}${name}\n${own}\n${"-".repeat(400)}\n${own}`.split("\n");
    return lines.flatMap((line) => reader.readSign(line)?.sign ?? []);
  }

  test.each(forged)("a name in SOCKS with a line end and `%s` is no sign", (words) => {
    const name = `a\n${words}`.slice(0, 255);
    const signs = signsAfter("Resolving address for ", name);
    expect(signs.slice(0, 1)).toEqual(["wanted"]);
    expect(signs.filter((sign) => sign !== "wanted" && sign !== "unanswered")).toEqual([]);
    expect(signs.at(-1)).toBe("unanswered");
  });

  test.each(["\r", "\u2028", "\u2029"])(
    "a line that is made up after a name in SOCKS with %j in it is no sign",
    (character) => {
      for (const words of forged) {
        const signs = signsAfter("Resolving address for ", `a${character}\n${words}`.slice(0, 255));
        expect(signs.filter((sign) => sign !== "wanted" && sign !== "unanswered")).toEqual([]);
      }
    },
  );

  test("a path as long as Go's HTTP server takes it hides what stands at its very end", () => {
    const reader = createLogReader();
    const words = `\n${forged[0]}`;
    const path = `/${"a".repeat(1_048_576 + 4_096 - "GET / HTTP/1.0\r\n\r\n".length - words.length)}${words}`;
    const signs = `${TIME} Health metric request: ${path}`.split("\n").map((line) => reader.readSign(line)?.sign);
    expect(signs).toEqual([undefined, undefined]);
  });

  test("a name of the full length hides nothing that comes after it", () => {
    const name = `${"a".repeat(254)}\n`;
    expect(signsAfter("Resolving address for ", name)).toEqual(["wanted", "unanswered", "unanswered"]);
    expect(signsAfter("Resolving address for ", "example.com")).toEqual(["wanted", "unanswered"]);
  });

  test("two names one after the other hide what is in the second", () => {
    const reader = createLogReader();
    const filler = "x".repeat(240);
    const lines = [`${TIME} Resolving address for a`, `${TIME} Resolving address for ${filler}`, forged[0] ?? ""];
    expect(lines.map((line) => reader.readSign(line)?.sign)).toEqual(["wanted", undefined, undefined]);
  });

  test.each(["SNI proxy: tun tcp dial failed: lookup ", "Health metric request: /"])(
    "a text after `%s` is no sign, however long it is",
    (opening) => {
      expect(signsAfter(opening, `a\n${forged.join("\n").repeat(20)}`)).toEqual([]);
    },
  );

  test("what follows lines that were left out is no sign, for it may be the rest of a name", () => {
    const reader = createLogReader();
    reader.skip();
    expect(reader.readSign(forged[0] ?? "")).toBeUndefined();
  });

  test("our own look at the counters hides nothing", () => {
    const reader = createLogReader();
    reader.readSign(`${TIME} Health metric request: ${METRICS_PATH}`);
    expect(reader.readSign(forged[0] ?? "")?.sign).toBe("answered");
  });

  test.each(["/metrics", "/readyz", `${METRICS_PATH}/`])(
    "a look of another program at %s hides what it brings along",
    (path) => {
      expect(signsAfter("Health metric request: ", `${path}\n${forged.join("\n")}`)).toEqual([]);
    },
  );

  test("what follows our own look is wireproxy's own again, whatever was hidden or left out before", () => {
    const reader = createLogReader();
    reader.skip();
    for (const line of [`${TIME} SNI proxy: a`, ...forged]) expect(reader.readSign(line)).toBeUndefined();
    expect(reader.readSign(`${TIME} Health metric request: ${METRICS_PATH}`)).toBeUndefined();
    expect(reader.readSign(forged[0] ?? "")?.sign).toBe("answered");
  });

  test("without an info port, lines that were left out held a server name at most", () => {
    const reader = createLogReader(false);
    reader.skip();
    reader.readSign("x".repeat(65_400));
    expect(reader.readSign(forged[0] ?? "")).toBeUndefined();
    reader.readSign("x".repeat(100));
    expect(reader.readSign(forged[0] ?? "")?.sign).toBe("answered");
  });

  test("lines that were left out may have held the longest path of all: as much after them is no sign", () => {
    const reader = createLogReader();
    reader.skip();
    for (let length = 0; length < 1_000_000; length += 1_000) reader.readSign("x".repeat(999));
    expect(reader.readSign(forged[0] ?? "")).toBeUndefined();
  });
});

test("what a client asks for cannot pass for a sign of the peer", () => {
  const line = `${TIME} Resolving address for ${PEER} - Received handshake response`;
  expect(readSign(line)?.sign).toBe("wanted");
});

describe("each of the systems' words for a dead network is found, after whichever prefix", () => {
  test.each([
    "network is unreachable",
    "no route to host",
    "network is down",
    "can't assign requested address",
    "cannot assign requested address",
    "operation not permitted",
    "no buffer space available",
  ])("each of the systems' words for a dead network is found, after whichever prefix: %s", (detail) => {
    const sign = { sign: "send-failed", peer: NAME, detail } as const;
    for (const line of [`${SEND} sendmmsg: ${detail}`, `${SEND} sendto: ${detail}`]) {
      expect(readSign(line)).toEqual(sign);
    }
    expect(readSign(`${TIME} connect tcp 10.0.0.1:80: ${detail}`)).toBeUndefined();
  });
});

test.each(["network is unreachable", "can't assign requested address", "cannot assign requested address"])(
  "five lines of `%s` with DEBUG lines between are a drop",
  (detail) => {
    const attempt = [
      `DEBUG: ${TIME} ${PEER} - Sending handshake initiation`,
      `ERROR: ${TIME} ${PEER} - Failed to send handshake initiation: write udp 0.0.0.0:51234: sendmmsg: ${detail}`,
      `DEBUG: ${TIME} UDP bind has been updated`,
    ];
    const verdictAfter = (attempts: number) => {
      const signs = Array.from({ length: attempts }, () => attempt)
        .flat()
        .flatMap((line) => readSign(line) ?? [])
        .map((sign) => ({ ...sign, at: 1 }));
      const weigher = createWeigher();
      weigher.observe({ signs, counters: null }, 1);
      return weigher.verdict({ alive: true, accepting: true, hasRoute: () => true, probe: null }, 1);
    };
    expect(verdictAfter(4).health).toBe("idle");
    expect(verdictAfter(5)).toMatchObject({ health: "down", reason: expect.stringContaining(detail) });
  },
);

/** A line by itself. */
function readSign(line: string) {
  return createLogReader().readSign(line);
}

test("only the notes on our own looks are noise", () => {
  expect(isNoise(`${TIME} Health metric request: /metrics`)).toBe(true);
  expect(isNoise(`${TIME} Resolving address for Health metric request: /metrics`)).toBe(false);
  expect(isNoise(`DEBUG: ${TIME} ${PEER} - Received handshake response`)).toBe(false);
});
