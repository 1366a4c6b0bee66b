import { expect, test } from "bun:test";
import { identifyPortHolder } from "../../src/daemon/port-holder.ts";
import { type LineServer, startLineServer } from "../../src/net/lines/line-server.ts";
import { freePort } from "../rig/free-port.ts";

test.each([
  ["Argus' Python daemon", '{"CMD": "whoami", "result": null, "error": "Unknown command: whoami"}'],
  ["the C++ WpDaemon", '{"CMD":"whoami","error":null,"result":{"implementation":"C++","version":"1.0.1"}}'],
  ["another wpdaemon", '{"CMD":"whoami","result":{"version":"2.0.0","implementation":"TypeScript"},"error":null}'],
  ["another program", "220 mail.example ESMTP"],
])("%s is known by its answer, and its process is named", async (who, reply) => {
  using server = answering(reply);
  const holder = await identifyPortHolder(server.port);
  expect(holder).toStartWith(who);
  if (process.platform === "linux") expect(holder).toStartWith(`${who} (process ${process.pid}, `);
});

test("what a holder answers does not get into the message beyond its name", async () => {
  using server = answering('{"implementation":"\\u001b[2J evil"}');
  expect(await identifyPortHolder(server.port)).not.toContain("evil");
});

test("a port that is free by now is another program's", async () => {
  expect(await identifyPortHolder(freePort())).toBe("another program");
});

function answering(reply: string): { readonly port: number; [Symbol.dispose](): void } {
  const server: LineServer = startLineServer({ host: "127.0.0.1", port: 0 }, { unterminated: "", answer: () => reply });
  return { port: server.port, [Symbol.dispose]: () => server.stop() };
}
