import { expect, test } from "bun:test";
import { connect } from "node:net";
import { join } from "node:path";
import { startNgrokdSocket } from "../../src/api/ngrokd/server.ts";
import { countFaults } from "../../src/platform/containment.ts";
import { endpointsService } from "../rig/endpoints-service.ts";
import { temporaryFolder } from "../rig/temporary-folder.ts";
import { changeBytes, createRandom, pick, SEED } from "./random.ts";

const REQUESTS = [
  '{"command":"status"}',
  '{"COMMAND":"list","args":null}',
  '{"command":"set-api-key","args":["key_1","{}[]\\"\\\\"]}',
  '{"command":{"command":["}"]}}',
  '  {"command":"\\u003c\\ud800"}trailing',
];
const RUNS = 400;

test("whatever comes over the endpoints' socket, in whatever parts, is answered with one line of JSON", async () => {
  using folder = temporaryFolder();
  const random = createRandom(SEED);
  const { service } = endpointsService();
  const door = startNgrokdSocket({ path: join(folder.path, "s"), mode: 0o600, service, version: "1" });
  const before = countFaults().byPart.size;
  try {
    for (let run = 0; run < RUNS; run += 1) {
      const request = changeBytes(Buffer.from(pick(REQUESTS, random) ?? ""), random);
      const answer = await send(door.path, request, Math.floor(random() * request.length));
      expect([answer.endsWith("}\n"), typeof JSON.parse(answer).success]).toEqual([true, "boolean"]);
    }
    expect(countFaults().byPart.size).toBe(before);
  } finally {
    door.stop();
  }
});

/** In two parts, and then nothing more. */
function send(path: string, bytes: Uint8Array, cut: number): Promise<string> {
  const outcome = Promise.withResolvers<string>();
  let answer = "";
  const socket = connect({ path, allowHalfOpen: true }, () => {
    socket.write(bytes.subarray(0, cut));
    setImmediate(() => socket.end(bytes.subarray(cut)));
  });
  socket.on("data", (part) => {
    answer += part.toString();
  });
  socket.on("error", () => undefined);
  socket.on("close", () => outcome.resolve(answer));
  return outcome.promise;
}
