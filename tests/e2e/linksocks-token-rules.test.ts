import { expect, test } from "bun:test";
import { EXECUTABLE } from "../rig/daemon-process.ts";
import { freePort } from "../rig/free-port.ts";
import { startLogged } from "../rig/logged-process.ts";
import { accepts, fetchThroughSocks } from "../rig/socks.ts";
import { until } from "../rig/until.ts";

test("the rules of a token hold for its clients alone, by the resolved address", async () => {
  const [open, secret] = [page("open"), page("secret")];
  const port = freePort();
  const words = ["linksocks", "server", "-H", "127.0.0.1", "-P", String(port), "--api-key", "key"];
  using server = startLogged([EXECUTABLE, ...words]);
  await until("the server accepts", () => accepts(port));
  await addToken(port, { token: "bound", deny: ["*"], allow: [`127.0.0.1:${open.port}`] });
  await addToken(port, { token: "free" });

  await using bound = await startClient(port, "bound");
  await using free = await startClient(port, "free");
  expect(await fetchThroughSocks(bound.socksPort, `http://localhost:${open.port}/`)).toBe("open");
  expect(await fetchThroughSocks(free.socksPort, `http://localhost:${secret.port}/`)).toBe("secret");
  for (const host of ["127.0.0.1", "localhost"]) {
    await expect(fetchThroughSocks(bound.socksPort, `http://${host}:${secret.port}/`)).rejects.toThrow();
  }
  await Promise.all([open.stop(true), secret.stop(true)]);
  server.kill("SIGTERM");
  await server.ended;
});

function page(text: string) {
  return Bun.serve({ hostname: "127.0.0.1", port: 0, fetch: () => new Response(text) });
}

async function addToken(port: number, token: object): Promise<void> {
  const answer = await fetch(`http://127.0.0.1:${port}/api/token`, {
    method: "POST",
    headers: { "X-API-Key": "key" },
    body: JSON.stringify({ type: "forward", ...token }),
  });
  expect(await answer.json()).toMatchObject({ success: true });
}

async function startClient(port: number, token: string) {
  const socksPort = freePort();
  const words = [
    "linksocks",
    "client",
    "-u",
    `ws://127.0.0.1:${port}`,
    "-t",
    token,
    "-s",
    "127.0.0.1",
    "-p",
    String(socksPort),
  ];
  const client = startLogged([EXECUTABLE, ...words]);
  await until("the client accepts", () => accepts(socksPort));
  return {
    socksPort,
    async [Symbol.asyncDispose]() {
      client.kill("SIGTERM");
      await client.ended;
      client[Symbol.dispose]();
    },
  };
}
