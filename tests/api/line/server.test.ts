import { expect, test } from "bun:test";
import { type LineApiParts, startLineApi } from "../../../src/api/line/server.ts";
import { Failure } from "../../../src/platform/failure.ts";
import type { ArgusSlot } from "../../../src/tunnels/argus-slot.ts";
import { converse } from "../../rig/line-client.ts";
import { until } from "../../rig/until.ts";
import { IDLE, RUNNING } from "./sample-status.ts";

test("every command reaches what it names, and its answer comes back", async () => {
  using api = serve({});
  const { replies } = await converse(
    api.port,
    ["spin_up:us\nspin_down:\nstate:\navailable_confs:\nwhoami:\nnonsense:\n"],
    { halfClose: true },
  );
  expect(replies.map((reply) => reply.result ?? reply.error)).toEqual([
    { status: "running", config: "us.conf", pid: 4242, log_file: "/logs/1_us.log" },
    { status: "stopped", previous_config: "us.conf", log_file: "/logs/1_us.log" },
    { running: true, config: "us.conf", pid: 4242, log_file: "/logs/1_us.log", health: "healthy" },
    { count: 2, configs: ["eu.conf", "us.conf"] },
    { version: "9.8.7", implementation: "TypeScript" },
    "Unknown command: nonsense",
  ]);
});

test("whoami and available_confs answer while it is not yet known what a former daemon left", async () => {
  const slot = Promise.withResolvers<ArgusSlot>();
  using api = serve({ slot: slot.promise, auditsQuestions: true });
  const waiting = converse(api.port, ["state:\n"], { halfClose: true });
  await until("state is asked", () => api.entries.some((entry) => entry.includes("state: from")));
  const { replies } = await converse(api.port, ["whoami:\navailable_confs:\n"], { halfClose: true });
  expect(replies.map((reply) => reply.error)).toEqual([null, null]);
  slot.resolve(fakeSlot());
  expect((await waiting).replies[0]?.result).toMatchObject({ running: true });
});

test("a command that fails is an error reply, and the connection goes on", async () => {
  using api = serve({
    spinUp: () => Promise.reject(new Failure("config-not-found", "Configuration not found: x.conf", { hint: "h" })),
    spinDown: () => Promise.reject(new Error("it hangs")),
  });
  const { replies } = await converse(api.port, ["spin_up:x\nspin_down:\nwhoami:\n"], { halfClose: true });
  expect(replies.map((reply) => reply.error)).toEqual([
    "Configuration not found: x.conf",
    "Failed to stop WireProxy: it hangs",
    null,
  ]);
});

test("the audit tells of each request, its client, its surplus and how it went", async () => {
  using api = serve({ spinDown: () => Promise.reject(new Failure("not-running", "WireProxy is not running")) });
  await converse(api.port, ["spin_up:us,b\nspin_down:\nnonsense\n"], { halfClose: true });
  const client = String.raw`127\.0\.0\.1:\d+`;
  for (const [index, pattern] of [
    `^CMD Command received: spin_up:us \\(1 surplus arguments ignored\\) from ${client}$`,
    `^SUCCESS Command executed successfully: spin_up:us .* from ${client} in [\\d.]+ ms$`,
    `^CMD Command received: spin_down: from ${client}$`,
    `^ERROR \\[command_execution\\] WireProxy is not running: spin_down: from ${client} in [\\d.]+ ms$`,
    `^ERROR \\[command_execution\\] Parsing error: colon not found from ${client}$`,
  ].entries()) {
    expect(api.entries[index]).toMatch(new RegExp(pattern));
  }
  expect(api.entries.length).toBe(5);
});

test("the audit tells of a question that is answered only where that is wanted", async () => {
  using quiet = serve({});
  await converse(quiet.port, ["state:\nwhoami:\navailable_confs:\n"], { halfClose: true });
  expect(quiet.entries).toEqual([]);
  using loud = serve({ auditsQuestions: true });
  await converse(loud.port, ["whoami:\n"], { halfClose: true });
  expect(loud.entries.map((entry) => entry.split(" ")[0])).toEqual(["CMD", "SUCCESS"]);
});

test("connecting and closing is no activity, a request is", async () => {
  using api = serve({});
  await converse(api.port, [], { halfClose: true });
  expect([api.activity(), api.entries]).toEqual([0, []]);
  await converse(api.port, ["state:\n", "rubbish\n"], { halfClose: true });
  expect(api.activity()).toBe(2);
});

test("a command passes the gate with its line, which another daemon may have to answer; what cannot be parsed does not", async () => {
  const lines: string[] = [];
  using api = serve({
    async pass(_, line) {
      lines.push(line);
      return '{"CMD":"state","result":{"from":"the successor"},"error":null}';
    },
  });
  const { replies } = await converse(api.port, ["spin_up: us , b\nrubbish\n"], { halfClose: true });
  expect(replies.map((reply) => reply.result ?? reply.error)).toEqual([
    { from: "the successor" },
    "Parsing error: colon not found",
  ]);
  expect([lines, api.entries.length]).toEqual([["spin_up: us , b"], 1]);
});

test("a command that changes something waits at the gate, and is answered by us once it opens; a question does not", async () => {
  const gate = Promise.withResolvers<void>();
  using api = serve({
    async pass(run) {
      await gate.promise;
      return await run();
    },
  });
  const waiting = converse(api.port, ["spin_up:us\n"], { halfClose: true });
  await until("it is counted", () => api.activity() === 1);
  const { replies } = await converse(api.port, ["state:\n"], { halfClose: true });
  expect(replies[0]?.result).toMatchObject({ running: true });
  expect(api.entries.filter((entry) => entry.includes("spin_up"))).toEqual([]);
  gate.resolve();
  expect((await waiting).replies[0]?.result).toMatchObject({ status: "running" });
});

interface Doubles extends Partial<ArgusSlot>, Partial<Pick<LineApiParts, "pass" | "look" | "auditsQuestions">> {
  readonly slot?: Promise<ArgusSlot>;
}

function serve({ slot, pass = (run) => run(), look = (run) => run(), auditsQuestions = false, ...overrides }: Doubles) {
  const entries: string[] = [];
  let activity = 0;
  const server = startLineApi({
    host: "127.0.0.1",
    port: 0,
    slot: () => slot ?? Promise.resolve({ ...fakeSlot(), ...overrides }),
    pass,
    look,
    auditsQuestions,
    listConfigs: async () => ["eu.conf", "us.conf"],
    version: "9.8.7",
    audit: (category, message) => void entries.push(`${category} ${message}`),
    onActivity: () => {
      activity += 1;
    },
  });
  return { port: server.port, entries, activity: () => activity, [Symbol.dispose]: () => server.stop() };
}

function fakeSlot(): ArgusSlot {
  return {
    spinUp: () => Promise.resolve(RUNNING),
    spinDown: () => Promise.resolve(IDLE),
    status: () => Promise.resolve(RUNNING),
    occupant: () => "us.conf",
  };
}
