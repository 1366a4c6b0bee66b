import { expect, test } from "bun:test";
import type { LineService } from "../../../src/net/lines/line-connection.ts";
import { startLineServer } from "../../../src/net/lines/line-server.ts";
import { systemCode } from "../../../src/platform/failure.ts";
import { until } from "../../rig/until.ts";
import { type Client, connect } from "./speaking-client.ts";

const MOST = 1_024;
const LOOPBACK = { host: "127.0.0.1", port: 0 };
const echo: LineService = { unterminated: "?", answer: (line) => new TextDecoder().decode(line) };

test("a second listener on the same port is refused, and the first one goes on", async () => {
  const server = startLineServer(LOOPBACK, echo);
  try {
    expect(thrownBy(() => startLineServer({ ...LOOPBACK, port: server.port }, echo))).toBe("EADDRINUSE");
    const client = await connect(server.port);
    await client.say("still here");
    client.leave();
  } finally {
    server.stop();
  }
});

test("a half-closed client gets its answers, then the end", async () => {
  const gate = Promise.withResolvers<string>();
  const server = startLineServer(LOOPBACK, { unterminated: "?", answer: () => gate.promise });
  try {
    const client = await connect(server.port);
    client.send("a\nb\nc");
    client.finish();
    gate.resolve("late");
    await until("the server has closed", () => client.closed);
    expect(client.text).toBe("late\nlate\n?\n");
  } finally {
    server.stop();
  }
});

test("stop closes the door and every connection, and frees the port", async () => {
  const server = startLineServer(LOOPBACK, echo);
  const clients = await Promise.all([connect(server.port), connect(server.port)]);
  for (const client of clients) await client.say("hello");
  server.stop();
  await until("both are closed", () => clients.every((client) => client.closed));
  expect(await connect(server.port).catch(systemCode)).toBe("ECONNREFUSED");
  startLineServer({ ...LOOPBACK, port: server.port }, echo).stop();
});

test("with 1,024 clients, each one more costs exactly the one that has been silent longest", async () => {
  const server = startLineServer(LOOPBACK, echo);
  const clients: Client[] = [];
  const join = async () => {
    const client = await connect(server.port);
    clients.push(client);
    return client;
  };
  try {
    const first = await join();
    const second = await join();
    const third = await join();
    for (let count = clients.length; count < MOST - 1; count++) await join();
    // Its answer tells that everyone before it has been let in.
    await (await join()).say("last in");
    await first.say("not silent");
    expect(closedAmong(clients)).toEqual([]);

    await (await join()).say("one more");
    await until("the second is closed", () => second.closed);
    await (await join()).say("and another");
    await until("the third is closed", () => third.closed);
    await first.say("still not silent");
    expect(closedAmong(clients)).toEqual([1, 2]);

    // Twenty at once: as many go, none for nothing and none spared.
    await Promise.all(Array.from({ length: 20 }, join));
    await (await join()).say("the last");
    await until("as many have gone", () => closedAmong(clients).length >= 23);
    await first.say("and still here");
    expect(closedAmong(clients)).toEqual(Array.from({ length: 23 }, (_, index) => index + 1));
  } finally {
    server.stop();
    for (const client of clients) client.leave();
  }
});

test("a client whose answer is under way is never the one to go", async () => {
  const gate = Promise.withResolvers<string>();
  const asked: string[] = [];
  const server = startLineServer(LOOPBACK, {
    unterminated: "?",
    answer(line) {
      const text = new TextDecoder().decode(line);
      asked.push(text);
      return text === "slow" ? gate.promise : text;
    },
  });
  const clients: Client[] = [];
  try {
    const busy = await connect(server.port);
    clients.push(busy);
    busy.send("slow\n");
    await until("the answer is under way", () => asked.includes("slow"));
    for (let count = 0; count < MOST; count++) clients.push(await connect(server.port));
    await until("somebody has gone", () => closedAmong(clients).length > 0);
    gate.resolve("done");
    await until("the answer came", () => busy.text === "done\n");
    expect(closedAmong(clients)).toEqual([1]);
  } finally {
    server.stop();
    for (const client of clients) client.leave();
  }
});

test("where clients together ask for more than the door keeps, the one that keeps most goes", async () => {
  const server = startLineServer(LOOPBACK, { unterminated: "?", answer: () => new Promise(() => undefined) });
  const clients: Client[] = [];
  try {
    const modest = await connect(server.port);
    modest.send("state:\n".repeat(10));
    for (let count = 0; count < 140; count += 1) {
      const client = await connect(server.port);
      clients.push(client);
      client.send(`state:\n${"x".repeat(65_000)}\n`);
    }
    await until("some have gone", () => closedAmong(clients).length > 0);
    expect(modest.closed).toBe(false);
    modest.leave();
  } finally {
    server.stop();
    for (const client of clients) client.leave();
  }
});

function closedAmong(clients: readonly Client[]): readonly number[] {
  return clients.flatMap((client, index) => (client.closed ? [index] : []));
}

function thrownBy(action: () => unknown): string | undefined {
  try {
    action();
  } catch (error) {
    return systemCode(error);
  }
  return undefined;
}
