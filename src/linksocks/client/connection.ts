import { createBackoff, growingDelays } from "../../net/backoff.ts";
import { Failure } from "../../platform/failure.ts";
import { onAbort, pause } from "../../platform/waiting.ts";
import type { Trunk } from "../channel/trunk.ts";
import { UpgradeRefused } from "../link/client-link.ts";
import { CLOSE_CODE, sayGoodbye } from "../link/link.ts";
import { AuthenticationRefused, type OpenTrunk } from "./open-trunk.ts";
import { type ReachOptions, reachServer } from "./reach-server.ts";
import { parseServerUrl } from "./server-url.ts";

interface ConnectionOptions extends Omit<ReachOptions, "token" | "onClose"> {
  /** What the log calls it: ` (1/3)` among several; empty for the only one. */
  readonly label: string;
  onOpened(trunk: Trunk): void;
  onLost(trunk: Trunk): void;
}

/** One of a client's WebSockets, kept open. */
export type KeptConnection = ReturnType<typeof keepConnected>;

/** Each delay is so many times the one before it. */
const GROWTH = 1.5;
const JITTER = 0.1;

/** Connects, and connects again for as long as it is to. */
export function keepConnected(options: ConnectionOptions) {
  const { client, label, signal } = options;
  let current: OpenTrunk | undefined;
  let lastFailure: string | undefined;
  let { token } = client;
  if (token === "") token = "anonymous";
  let waiting = new AbortController();
  const ended = run();

  return {
    /** The one that is open now. */
    get current(): OpenTrunk | undefined {
      return current;
    },
    get lastFailure(): string | undefined {
      return current === undefined ? lastFailure : undefined;
    },
    /** Ends by the signal's abort, or rejects with the Failure that ends the client. */
    ended,
    /** The network has changed: an attempt that waits for its time is made now. */
    retryNow(): void {
      waiting.abort();
      waiting = new AbortController();
    },
  };

  async function run(): Promise<void> {
    const delays = growingDelays(client.reconnectDelayMs, GROWTH, client.longestReconnectDelayMs);
    const backoff = createBackoff({ delays, jitter: JITTER });
    while (!signal.aborted) {
      const lost = Promise.withResolvers<string>();
      try {
        current = await reachServer({ ...options, token, onClose: lost.resolve });
        backoff.reset();
        await carry(current, lost.promise);
      } catch (error) {
        if (signal.aborted) return;
        lastFailure = explain(error);
        endUnlessRetried(error, lastFailure);
      }
      if (signal.aborted) return;
      const delay = backoff.next();
      client.log("warn", `no connection${label}: ${lastFailure}; trying again in ${formatDelay(delay)}`);
      await pause(delay, AbortSignal.any([signal, waiting.signal]));
    }
  }

  /** Until the connection is lost. */
  async function carry(opened: OpenTrunk, lost: Promise<string>): Promise<void> {
    const { trunk } = opened;
    using _ = onAbort(signal, () => {
      trunk.end();
      sayGoodbye(trunk.link, CLOSE_CODE.goingAway, "");
    });
    token = opened.assignedToken ?? token;
    client.log("info", `connected to the server${label}`);
    options.onOpened(trunk);
    lastFailure = await lost;
    current = undefined;
    options.onLost(trunk);
    if (!client.reconnects && !signal.aborted) {
      throw new Failure("start-failed", `the connection to the server was lost: ${lastFailure}`);
    }
  }

  /** @throws Failure where nothing is to be hoped for. */
  function endUnlessRetried(error: unknown, reason: string): void {
    if (error instanceof Failure) throw error;
    if (client.reconnects && (client.retriesAuthentication || !(error instanceof AuthenticationRefused))) return;
    throw new Failure("start-failed", reason, { hint: hintFor(error), cause: error });
  }

  function explain(error: unknown): string {
    const text = error instanceof Error ? error.message : String(error);
    if (error instanceof UpgradeRefused) return `${text}: ${explainStatus(error.status, client.url)}`;
    return error instanceof AuthenticationRefused ? `authentication failed: ${text || "invalid token"}` : text;
  }

  function hintFor(error: unknown): string | undefined {
    if (!(error instanceof AuthenticationRefused)) return "check the URL, and that the server runs";
    return client.token === ""
      ? "please provide a token with -t or set LINKSOCKS_TOKEN"
      : "check the token and the role";
  }
}

/** What a status in place of a WebSocket may mean. */
function explainStatus(status: number, url: string): string {
  if (status === 401 || status === 403)
    return "something in front of the server wants to know who asks; --header sends what it wants";
  if (status === 407) return "the proxy asks for credentials";
  if (status === 429) return "too many attempts of this address have failed, or are not decided yet";
  if (status >= 500) return "the server, or what stands in front of it, is in trouble";
  return parseServerUrl(url).pathname.startsWith("/socket")
    ? "what answers there is no LinkSocks server"
    : "a LinkSocks server answers at /socket: leave the path out of the URL, or end it with /socket";
}

function formatDelay(milliseconds: number): string {
  return `${(milliseconds / 1_000).toFixed(1)} s`;
}
