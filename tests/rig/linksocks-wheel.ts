import { existsSync } from "node:fs";
import { join } from "node:path";
import * as v from "valibot";
import { freePort } from "./free-port.ts";
import { type LinksocksOptions, type LinksocksPeer, type LinksocksRole, serverUrl } from "./linksocks-peer.ts";
import { wheelArguments } from "./linksocks-wheel-arguments.ts";
import { startLogged } from "./logged-process.ts";
import { until } from "./until.ts";

const TOOLS = join(import.meta.dir, "../../.tools");
const DRIVER = join(import.meta.dir, "../peers/linksocks_peer.py");

const eventSchema = v.pipe(
  v.string(),
  v.parseJson(),
  v.variant("event", [
    v.object({ event: v.literal("ready"), version: v.string() }),
    v.object({ event: v.literal("failed"), error: v.string() }),
    v.object({ event: v.literal("log") }),
    v.object({
      event: v.literal("reply"),
      id: v.number(),
      result: v.optional(v.unknown()),
      error: v.optional(v.string()),
    }),
  ]),
);
type Event = v.InferOutput<typeof eventSchema>;

/** Starts the Go core of one version's Python wheel, which `make test` installs. */
export async function startWheel(
  version: string,
  role: LinksocksRole,
  options: LinksocksOptions,
): Promise<LinksocksPeer> {
  const packages = join(TOOLS, `linksocks-${version}`);
  if (!existsSync(join(packages, "linksocks"))) throw new Error(`linksocks ${version} is missing: run make test`);
  const { port = freePort(), socksPort = freePort() } = options;
  const wanted = JSON.stringify(wheelArguments(role, options, { port, socksPort }));
  const child = startLogged([join(TOOLS, "python/bin/python"), DRIVER, wanted, "wpdaemon-test-linksocks"], {
    PYTHONPATH: packages,
  });
  const { pid, output, ended, hasEnded } = child;
  let calls = 0;
  const peer: LinksocksPeer = {
    role,
    pid,
    url: role === "server" ? serverUrl(port) : (options.url ?? ""),
    socksPort,
    output,
    ended,
    hasEnded,
    async call(method, parameters = {}) {
      const id = calls++;
      child.stdin.write(`${JSON.stringify({ id, method, arguments: parameters })}\n`);
      await child.stdin.flush();
      const reply = await hear((event) => event.event === "reply" && event.id === id && event);
      if (reply.error !== undefined) throw new Error(reply.error);
      return reply.result;
    },
    end() {
      child.stdin.end();
      return ended;
    },
    async [Symbol.asyncDispose]() {
      await peer.end();
      child[Symbol.dispose]();
    },
  };
  if (options.awaitReady === false) return peer;
  try {
    const first = await hear((event) => (event.event === "ready" || event.event === "failed") && event);
    if (first.event === "failed") throw new Error(first.error);
  } catch (cause) {
    await peer[Symbol.asyncDispose]();
    throw new Error(`linksocks ${version} as ${role} did not become ready:\n${output()}`, { cause });
  }
  return peer;

  /** Waits for an event, and no longer than the process lives. */
  function hear<Heard>(choose: (event: Event) => Heard | false): Promise<Heard> {
    return until(`an event of ${role}`, () => {
      const isLast = hasEnded();
      for (const event of readEvents(output())) {
        const chosen = choose(event);
        if (chosen !== false) return chosen;
      }
      if (isLast) throw new Error(`linksocks ${version} as ${role} has ended:\n${output()}`);
      return undefined;
    });
  }
}

/** The whole lines that are events; others come from Python or Go in distress. */
function readEvents(output: string): readonly Event[] {
  return output
    .split("\n")
    .slice(0, -1)
    .filter((line) => line.startsWith("{"))
    .map((line) => v.parse(eventSchema, line));
}
