import { afterEach, expect, test } from "bun:test";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { listenTo } from "../../api/stream/listener.ts";
import { openRaw, type RawClient } from "../../api/stream/raw-client.ts";
import { callWpdaemon } from "../../rig/command-line.ts";
import { EXECUTABLE } from "../../rig/daemon-process.ts";
import { freePort } from "../../rig/free-port.ts";
import { ask } from "../../rig/line-client.ts";
import { startLogged } from "../../rig/logged-process.ts";
import { openDescriptors } from "../../rig/memory.ts";
import { temporaryFolder } from "../../rig/temporary-folder.ts";
import { until } from "../../rig/until.ts";
import { cleared } from "./sample-events.ts";
import { startStreamDaemon } from "./stream-daemon.ts";

const DESCRIPTORS = 256;

const open: Disposable[] = [];
afterEach(() => {
  for (const each of open.splice(0)) each[Symbol.dispose]();
});

test("where few files may be open, no crowd at the doors takes the last of them", async () => {
  using folder = temporaryFolder();
  const home = join(folder.path, "home");
  mkdirSync(home);
  const [line, stream] = [freePort(), freePort()];
  using daemon = startLogged(
    ["/bin/sh", "-c", `ulimit -n ${DESCRIPTORS} && exec "$0" --daemon -p ${line} --home "$1"`, EXECUTABLE, home],
    { WPDAEMON_STREAM_PORT: String(stream) },
  );
  await until("it serves", () => daemon.output().includes("listening on 127.0.0.1"));
  const answers: RawClient[] = [];
  for (let client = 0; client < DESCRIPTORS; client += 1) {
    const raw = await openRaw(stream);
    answers.push(raw);
    open.push(raw);
  }
  const taken = answers.filter(({ status }) => status === 101).length;
  // The share of the stream: docs/bounds.md.
  expect(taken).toBe(Math.floor(0.15 * DESCRIPTORS));
  expect(answers.filter(({ status }) => status === 503).length).toBe(DESCRIPTORS - taken);
  expect(answers.at(-1)?.head).toContain("503");
  for (let client = 0; client < DESCRIPTORS; client += 1) {
    const socket = await Bun.connect({ hostname: "127.0.0.1", port: line, socket: { data() {} } });
    open.push({ [Symbol.dispose]: () => socket.terminate() });
  }
  expect((await ask(line, "state:")).result).toMatchObject({ running: false });
  expect(openDescriptors(daemon.pid)).toBeLessThan(DESCRIPTORS - 64);
  expect((await callWpdaemon(home, ["status"])).code).toBe(0);
  answers[0]?.[Symbol.dispose]();
  await until("there is room for another", () =>
    listenTo(`ws://127.0.0.1:${stream}`).then(
      (listener) => open.push(listener),
      () => undefined,
    ),
  );
  daemon.kill("SIGTERM");
  expect(await daemon.ended).toBe(0);
});

test("a line that is nested too deeply keeps no other back", async () => {
  await using daemon = await startStreamDaemon();
  const [first, last] = [JSON.stringify(cleared(1)), JSON.stringify(cleared(2))];
  const deep = `${'{"type":"lockout_cleared","data":'.repeat(40_000)}1${"}".repeat(40_000)}`;
  const published = await daemon.publishLines(first, deep, last);
  expect(published.output).toBe("2 accepted, 1 rejected\n");
  expect(published.complaint).toContain("line 2: ");
});
