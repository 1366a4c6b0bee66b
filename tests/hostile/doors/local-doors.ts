import { makeFrame, OPCODE, UPGRADE } from "../../api/stream/raw-client.ts";
import { bytes, type Door, say } from "../door.ts";
import { connectPeer } from "../peer.ts";

/** The doors that programs of the same machine come to. */

/** The line protocol. */
export function lineDoor(port: number): Door {
  return {
    name: "the line protocol",
    crowd: 64,
    visit: async () => ({
      peer: await connectPeer(port),
      steps: [bytes("whoami:\n"), bytes("state:\n"), bytes("spin_up:no-such\n")],
    }),
    sayings: [say(1, "spin_up:@\n"), say(0, "@\n"), say(1, "state:@"), say(1, "@:\n")],
    endless: [
      { after: 0, head: bytes("spin_up:") },
      { after: 2, head: bytes("state") },
    ],
  };
}

/** The control API, at its socket or its port. */
export function controlDoor(name: string, to: number | string): Door {
  const head = "Host: localhost\r\n";
  return {
    name,
    crowd: 64,
    visit: async () => ({
      peer: await connectPeer(to),
      steps: [
        bytes(`GET /v1/health HTTP/1.1\r\n${head}\r\n`),
        bytes(`POST /v1/events HTTP/1.1\r\n${head}Content-Length: 2\r\n\r\n`),
        bytes("{}"),
      ],
    }),
    sayings: [
      say(0, `GET /v1/tunnels/@ HTTP/1.1\r\n${head}\r\n`),
      say(0, `GET /v1/logs?name=@&lines=3 HTTP/1.1\r\n${head}\r\n`),
      say(0, `GET /v1/events?format=feed&since=@ HTTP/1.1\r\n${head}\r\n`),
      say(0, `GET /v1/status HTTP/1.1\r\n${head}X-Words: @\r\n\r\n`),
      say(0, "GET /v1/status HTTP/1.1\r\nHost: @\r\n\r\n"),
      say(0, `@ /v1/status HTTP/1.1\r\n${head}\r\n`),
      say(0, `POST /v1/events HTTP/1.1\r\n${head}Content-Length: @\r\n\r\n`),
      ...["/v1/events", "/session-started", "/stop-session"].map((path) => posting(path, head)),
    ],
    endless: [
      { after: 0, head: bytes("GET /") },
      { after: 1, head: bytes(`GET /v1/status HTTP/1.1\r\n${head}X-Words: `) },
      { after: 0, head: bytes(`POST /v1/events HTTP/1.1\r\n${head}Content-Length: 999999999999\r\n\r\n["`) },
      {
        after: 0,
        head: bytes(`POST /v1/events HTTP/1.1\r\n${head}Transfer-Encoding: chunked\r\n\r\nffffffff\r\n["`),
      },
    ],
  };
}

/** The event stream. */
export function streamDoor(port: number): Door {
  const head = [`Host: localhost:${port}`, ...UPGRADE, "\r\n"].join("\r\n");
  return {
    name: "the event stream",
    crowd: 64,
    visit: async () => ({
      peer: await connectPeer(port),
      steps: [
        bytes(`GET /?snapshot=1 HTTP/1.1\r\n${head}`),
        makeFrame(OPCODE.ping, "hello"),
        makeFrame(OPCODE.text, "hello"),
        makeFrame(OPCODE.close),
      ],
    }),
    sayings: [
      say(0, `GET /?types=@ HTTP/1.1\r\n${head}`),
      say(0, `GET /?since=@ HTTP/1.1\r\n${head}`),
      say(0, `GET / HTTP/1.1\r\nOrigin: @\r\n${head}`),
      say(0, `GET /@ HTTP/1.1\r\n${head}`),
      ...[OPCODE.text, OPCODE.binary, OPCODE.ping, OPCODE.close].map((opcode) => ({
        after: 1,
        make: (words: Uint8Array) => makeFrame(opcode, words),
      })),
    ],
    endless: [
      { after: 0, head: bytes(`GET / HTTP/1.1\r\nX-Words: `) },
      { after: 1, head: Buffer.from("82ff000000ffffffffff00000000", "hex") },
      // A message in fragments, whose payload is what would be their heads.
      { after: 1, head: Buffer.from("01ff000000000000ffff00000000", "hex") },
    ],
  };
}

/** A request with JSON, the length of which is right. */
function posting(path: string, head: string) {
  return {
    after: 0,
    make(words: Uint8Array) {
      const body = Buffer.concat([
        bytes('{"type":"'),
        words,
        bytes('","sessionId":"'),
        words,
        bytes('","metadata":{"hostPid":1},"data":{}}'),
      ]);
      return Buffer.concat([bytes(`POST ${path} HTTP/1.1\r\n${head}Content-Length: ${body.length}\r\n\r\n`), body]);
    },
  };
}
