import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import * as v from "valibot";
import { startTestDaemon } from "../rig/daemon-process.ts";
import { freePort } from "../rig/free-port.ts";
import { anonymousMegabytes, openDescriptors } from "../rig/memory.ts";
import { endpointEntry, startNgrokApi } from "../rig/ngrok-api.ts";
import { temporaryFolder } from "../rig/temporary-folder.ts";
import { until } from "../rig/until.ts";

const KEY = "hostile_api_key";
const MIB = 1024 * 1024;
const isLinux = process.platform === "linux";

const ANSWERS: { readonly [what: string]: () => Response } = {
  "bytes without an end": () => endless(new Uint8Array(MIB).fill(0x20)),
  "a list without an end": () =>
    endless(new TextEncoder().encode('{"id":"x","url":"tcp://x.example:1"},'.repeat(10_000))),
  "128 MiB of blanks in few bytes": () =>
    new Response(gzipSync(Buffer.alloc(128 * MIB, " "), { level: 9 }), { headers: { "content-encoding": "gzip" } }),
  "braces to the depth of a megabyte": () => new Response("[".repeat(MIB)),
  "commands for a terminal": () => Response.json({ msg: "\u001b]0;title\u0007\n[31mred" }, { status: 500 }),
  "a redirect to itself": () => new Response(null, { status: 307, headers: { location: "/kubernetes_operators" } }),
  "no list": () => new Response("null"),
  "refusal of the key, which it repeats": () => Response.json({ msg: "no" }, { status: 401 }),
};

test("a hostile API of ngrok takes no endpoint away, costs the daemon nothing that lasts, and learns and writes nothing", async () => {
  using folder = temporaryFolder();
  await using api = await startNgrokApi();
  const hosts = join(folder.path, "hosts");
  api.endpoints = [endpointEntry("tcp://db.example:15432")];
  await using daemon = await startTestDaemon({
    settings: JSON.stringify({
      endpoints: {
        api: { url: api.url, key: KEY },
        hosts: { path: hosts },
        server: { health_port: freePort() },
        bound_endpoints: { poll_interval: 86_400 },
      },
    }),
  });
  const names = () => readFileSync(hosts, { encoding: "utf8", flag: "a+" });
  await until("the endpoint", () => names().includes("db.example"));
  const served = names();
  await poll();
  const before = isLinux ? { memory: anonymousMegabytes(daemon.pid), files: openDescriptors(daemon.pid) } : undefined;

  for (const answer of Object.values(ANSWERS)) {
    api.script = answer;
    await poll();
    expect(names()).toBe(served);
    expect(await daemon.ask("state:")).toMatchObject({ CMD: "state", error: null });
  }
  api.script = undefined;
  await poll();
  const state = v.parse(v.object({ data: v.unknown() }), await (await control("endpoints")).json());
  expect(state.data).toMatchObject({ sources: [{ state: "ok" }], endpoints: [{ state: "serving" }] });
  if (before !== undefined) {
    await until("its memory to be given back", () => anonymousMegabytes(daemon.pid) < before.memory + 64);
    expect(openDescriptors(daemon.pid)).toBeLessThan(before.files + 16);
  }
  const written = daemon.output() + daemon.readLog(join(daemon.home, "wp-server-logs/audit.log"));
  expect(written).toContain("ngrok's list is not known");
  expect(written).not.toContain("\u001b");
  expect(written).not.toContain(KEY);

  // The end waits for no answer.
  const asked = Promise.withResolvers<void>();
  api.script = () => {
    asked.resolve();
    return new Promise(() => {});
  };
  const silent = poll().catch(() => undefined);
  await asked.promise;
  expect(await daemon.end("SIGTERM")).toBe(0);
  await silent;

  function control(route: string, init: RequestInit = {}): Promise<Response> {
    return fetch(`http://localhost/v1/${route}`, { ...init, unix: join(daemon.home, "wpdaemon/control.sock") });
  }

  async function poll(): Promise<void> {
    await control("endpoints/poll", { method: "POST" });
  }
});

function endless(chunk: Uint8Array): Response {
  return new Response(new ReadableStream({ pull: (controller) => controller.enqueue(chunk) }));
}
