import type { TunnelEntry } from "../../../api/control/schemas.ts";
import { Failure } from "../../../platform/failure.ts";
import { escapeControls } from "../../../platform/plain-text.ts";
import { pause } from "../../../platform/waiting.ts";
import { commonOptions, parseDuration, tunnelArgument } from "../../arguments.ts";
import type { ControlClient } from "../../daemon/control-client.ts";
import { openControl } from "../../daemon/reach-daemon.ts";
import { say, sayDone } from "../../output/report.ts";
import { defineVerb } from "../../verb.ts";

export const verb = defineVerb({
  name: "wait",
  summary: "Wait until a tunnel has a health or a state",
  details: "Exit code 1 if it does not get there in time.",
  examples: ["wpdaemon wait us-east --health healthy --timeout 1m && ./trade"],
  args: {
    name: tunnelArgument,
    health: { type: "enum", options: ["healthy", "degraded", "down", "idle"], description: "The health to wait for" },
    state: {
      type: "enum",
      options: ["idle", "starting", "running", "recovering", "stopping", "failed"],
      description: "The state to wait for",
    },
    timeout: { type: "string", valueHint: "time", description: "How long at most: 500ms, 30s, 2m", default: "30s" },
    ...commonOptions,
  },
  async run({ args }) {
    const { name, health, state, json } = args;
    if (health === undefined && state === undefined) {
      throw new Failure("usage", "wait needs --health or --state", { hint: `wpdaemon wait ${name} --health healthy` });
    }
    const isReached = (tunnel: TunnelEntry) =>
      (health === undefined || tunnel.health === health) && (state === undefined || tunnel.state === state);
    const tunnel = await waitFor(openControl(args), name, isReached, parseDuration("--timeout", args.timeout));
    if (json) return say(JSON.stringify(tunnel));
    await sayDone(`${tunnel.name} is ${tunnel.state} and ${tunnel.health}`);
  },
});

/**
 * Looks at a tunnel now and whenever something happens, until it is as it should be.
 * @param milliseconds how long at most.
 * @throws Failure `timed-out` with the state that it has then, and what asking the daemon may throw.
 */
export async function waitFor(
  control: Pick<ControlClient, "tunnel" | "events">,
  name: string,
  isReached: (tunnel: TunnelEntry) => boolean,
  milliseconds: number,
): Promise<TunnelEntry> {
  const enough = new AbortController();
  const tooLate = pause(milliseconds, enough.signal).then(() => undefined);
  try {
    const reached = await Promise.race([tooLate, lookAtEvents()]);
    if (reached !== undefined) return reached;
  } finally {
    enough.abort();
  }
  const tunnel = await control.tunnel(name);
  if (isReached(tunnel)) return tunnel;
  const message = `${tunnel.name} is ${tunnel.state} and ${tunnel.health}: ${escapeControls(tunnel.reason)}`;
  const hint = tunnel.action ?? `wait longer with --timeout, or look with wpdaemon logs ${tunnel.name}`;
  throw new Failure("timed-out", message, { hint });

  /** The stream ends with a daemon that hands over; its successor has another. */
  async function lookAtEvents(): Promise<TunnelEntry | undefined> {
    while (!enough.signal.aborted) {
      const happened = control.events(enough.signal);
      happened.catch(() => undefined);
      const reached = (await look()) ?? (await lookAtEach(happened));
      if (reached !== undefined) return reached;
      await pause(100, enough.signal);
    }
    return undefined;
  }

  async function lookAtEach(happened: Promise<AsyncGenerator<string>>): Promise<TunnelEntry | undefined> {
    try {
      const lines = await happened;
      for (let reached = await look(); ; reached = await look()) {
        if (reached !== undefined) return reached;
        if ((await lines.next()).done === true) return undefined;
      }
    } catch (error) {
      if (enough.signal.aborted) return undefined;
      throw error;
    }
  }

  async function look(): Promise<TunnelEntry | undefined> {
    const tunnel = await control.tunnel(name);
    return isReached(tunnel) ? tunnel : undefined;
  }
}
