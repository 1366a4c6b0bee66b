import { describe, expect, test } from "bun:test";
import { closeSync } from "node:fs";
import type { LineService } from "../../../src/net/lines/line-connection.ts";
import { startLineServer } from "../../../src/net/lines/line-server.ts";
import { systemCode } from "../../../src/platform/failure.ts";
import { settlesWithin } from "../../../src/platform/waiting.ts";
import { until } from "../../rig/until.ts";
import { connect } from "./speaking-client.ts";

const LOOPBACK = { host: "127.0.0.1", port: 0 };

describe("a second descriptor of the socket", () => {
  test("a second descriptor of the socket lets another server take over; clients that come in between wait, and none is refused", async () => {
    const former = startLineServer(LOOPBACK, answering("former"));
    const descriptor = former.duplicateSocket();
    former.stopListening();
    const waiting = await connect(former.port);
    waiting.send("who\n");
    const next = startLineServer({ ...LOOPBACK, port: former.port, descriptor }, answering("next"));
    try {
      expect(next.port).toBe(former.port);
      await until("the one that waited is answered", () => waiting.text === "next\n");
      const late = await connect(next.port);
      late.send("who\n");
      await until("one that came later is answered", () => late.text === "next\n");
      for (const client of [waiting, late]) client.leave();
    } finally {
      closeSync(descriptor);
      next.stop();
      former.stop();
    }
    expect(await connect(next.port).catch(systemCode)).toBe("ECONNREFUSED");
  });

  test("a second descriptor of the socket keeps nothing open once it is closed", async () => {
    const server = startLineServer(LOOPBACK, answering("x"));
    closeSync(server.duplicateSocket());
    server.stop();
    expect(await connect(server.port).catch(systemCode)).toBe("ECONNREFUSED");
  });
});

test("connections that were there go on after the listening has ended", async () => {
  const server = startLineServer(LOOPBACK, answering("former"));
  const client = await connect(server.port);
  client.send("who\n");
  await until("the first answer", () => client.text === "former\n");
  server.stopListening();
  client.send("who\n");
  await until("the second answer", () => client.text === "former\nformer\n");
  client.leave();
  server.stop();
});

describe("deserted", () => {
  test("`deserted` is at once where nobody is connected", async () => {
    const server = startLineServer(LOOPBACK, answering("x"));
    await server.deserted();
    server.stop();
  });

  test("`deserted` waits for the last one, however it leaves", async () => {
    const server = startLineServer(LOOPBACK, answering("x"));
    const clients = await Promise.all([connect(server.port), connect(server.port)]);
    for (const client of clients) client.send("who\n");
    await until("both are let in", () => clients.every(({ text }) => text === "x\n"));
    const deserted = server.deserted();
    clients[0]?.leave();
    expect(await settlesWithin(deserted, 50)).toBe(false);
    clients[1]?.finish();
    await deserted;
    server.stop();
  });
});

function answering(reply: string): LineService {
  return { unterminated: "?", answer: () => reply };
}
