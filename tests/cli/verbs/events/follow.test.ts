import { expect, test } from "bun:test";
import { join } from "node:path";
import { freePort } from "../../../rig/free-port.ts";
import { until } from "../../../rig/until.ts";
import { runCommandLine } from "../../command-line.ts";
import { startStreamStub } from "../../trader/stream-stub.ts";

const ENTRY = join(import.meta.dir, "../../../../src/main.ts");

/** `wpdaemon events WORDS…`, and what it has written so far. */
function follow(...words: readonly string[]) {
  const child = Bun.spawn([process.execPath, ENTRY, "events", ...words], {
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
    env: { ...process.env, TZ: "UTC" },
  });
  const seen = { output: "", complaint: "" };
  void collect(child.stdout, "output");
  void collect(child.stderr, "complaint");
  return {
    seen,
    async [Symbol.asyncDispose]() {
      child.kill();
      await child.exited;
    },
  };

  async function collect(stream: ReadableStream<Uint8Array>, name: "output" | "complaint"): Promise<void> {
    const decoder = new TextDecoder();
    for await (const chunk of stream) seen[name] += decoder.decode(chunk, { stream: true });
  }
}

const STATUS = {
  type: "daemon_status",
  account_id: null,
  data: { status: "RUNNING", message: "ready", timestamp: "2025-11-04T15:00:00Z" },
};

test("a line for each event, without colours where there is no terminal; the filters go to the daemon", async () => {
  using stub = startStreamStub();
  await using run = follow("--url", stub.url, "--account", "7001", "--types", "daemon_status,woke_up", "--since", "4");
  await until("it is connected", () => stub.listeners === 1);
  expect(stub.questions).toEqual(["?since=4&account=7001&types=daemon_status%2Cwoke_up"]);
  stub.send({ seq: 5, ...STATUS }, { seq: 6, type: "x", account_id: 7_002, data: {} });
  stub.sendText("{");
  await until("it has ignored one", () => run.seen.complaint.includes("ignored a message that is no event"));
  expect(run.seen.output).toBe("2025-11-04 15:00:00  daemon_status        -         status=RUNNING message=ready\n");
});

test("--json: the documents as they came, in one line each; a gap is one of them", async () => {
  using stub = startStreamStub();
  await using run = follow("--url", stub.url, "--json");
  await until("it is connected", () => stub.listeners === 1);
  stub.sendText('{"seq":1,\n"type":"x","account_id":1,"data":{"id":92233720368547758070,"text":"\u009b2J"}}');
  stub.send({ seq: 9, type: "gap", account_id: null, data: { from: 2, to: 9 } });
  await until("two lines", () => run.seen.output.split("\n").length === 3);
  expect(run.seen.output.split("\n")).toEqual([
    '{"seq":1, "type":"x","account_id":1,"data":{"id":92233720368547758070,"text":"\\u009b2J"}}',
    '{"seq":9,"type":"gap","account_id":null,"data":{"from":2,"to":9}}',
    "",
  ]);
  await until("it says so", () => run.seen.complaint.includes("the events 2 to 9 are no longer kept"));
});

test("a number that no event has yet is told as that, and not as events that are gone", async () => {
  using stub = startStreamStub();
  await using run = follow("--url", stub.url, "--since", "9999");
  await until("it is connected", () => stub.listeners === 1);
  stub.send({ seq: 47, type: "gap", account_id: null, data: { from: 1, to: 47 } });
  await until("it says so", () => run.seen.complaint.includes("\n"));
  expect(run.seen.complaint).toBe(
    "wpdaemon: the newest event is 47, so 9999 has not happened; what happens from now on is shown\n",
  );
});

test("it waits for a daemon, and for one that has gone away, and goes on where it was", async () => {
  const port = freePort();
  await using run = follow("--url", `ws://127.0.0.1:${port}`, "--json");
  await until("it says that it waits", () => run.seen.complaint.includes("trying until there is one"));
  const first = startStreamStub(port);
  await until("it is connected", () => run.seen.complaint.includes("what happened before is not shown"));
  first.send({ seq: 7, ...STATUS });
  await until("an event", () => run.seen.output.includes('"seq":7'));
  first[Symbol.dispose]();
  using second = startStreamStub(port);
  await until("it is back", () => second.listeners === 1);
  expect(second.questions).toEqual(["?since=7"]);
  await until("it says so", () => /connected to \S+\n$/.test(run.seen.complaint));
});

test("`events` ends when nobody reads any more", async () => {
  using stub = startStreamStub();
  const child = Bun.spawn(["sh", "-c", '"$0" "$@" | head -n 1', process.execPath, ENTRY, "events", "--url", stub.url], {
    stdin: "ignore",
    stdout: "pipe",
    stderr: "ignore",
  });
  await until("it is connected", () => stub.listeners === 1);
  const events = setInterval(() => stub.send({ seq: 1, ...STATUS }), 20);
  expect(await child.exited).toBe(0);
  clearInterval(events);
});

test.each([
  ["--account x", "--account needs a number"],
  ["--since x", "--since needs a number"],
  ["--types lockout_set,,gap", "--types needs names of events"],
  ["--types lockout_sets", "did you mean lockout_set?"],
  ["--types nonsense", "there is no event type"],
  ["--url http://x", "--url needs the address of a stream"],
])("`events` refuses a wrong call: %s", async (words, complaint) => {
  const run = await runCommandLine(["events", ...words.split(" ")]);
  expect([run.code, run.output]).toEqual([2, ""]);
  expect(run.complaint).toContain(complaint);
});
