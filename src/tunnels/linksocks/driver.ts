import { type LinkSocksClient, startClient } from "../../linksocks/client/client.ts";
import type { ClientOptions } from "../../linksocks/options.ts";
import { formatHostAndPort } from "../../net/host-and-port.ts";
import { Failure } from "../../platform/failure.ts";
import { NO_CREDENTIALS } from "../config/listeners.ts";
import { partOf } from "../config/store/names.ts";
import type { DriverParts, LaunchRequest, RunningTunnel, TunnelDriver } from "../driver/driver.ts";
import { createInProcessLog } from "../driver/in-process-log.ts";
import { superviseClient } from "../driver/in-process-run.ts";
import { pruneSessionLogs } from "../driver/session-log.ts";
import { watchLink } from "./link-vitals.ts";
import { type PreparedLink, prepareLink } from "./prepare-link.ts";

/** What a tunnel uses of the LinkSocks client that carries it. */
export type LinkClient = Pick<LinkSocksClient, "ready" | "ended" | "status" | "ping" | "retryNow" | "stop">;
export type StartLinkClient = (options: ClientOptions) => Promise<LinkClient>;

/** What is the same of every tunnel. */
const CLIENT_OPTIONS = {
  // Whoever connects before the server is reached waits for it; the port is the tunnel's from its first moment.
  socksWithoutWaiting: true,
  reconnects: true,
  retriesAuthentication: false,
  // The first delay is that of LinkSocks. Its longest, ten minutes, would leave a feed without its way out for too long.
  reconnectDelayMs: 1_000,
  longestReconnectDelayMs: 30_000,
  now: () => performance.now(),
} as const;

/** Tunnels that our own LinkSocks client carries, within the daemon: no child, and nothing on record. */
export function createLinksocksDriver(
  parts: DriverParts,
  startLinkClient: StartLinkClient = startClient,
): TunnelDriver {
  const { paths, audit, logsInUse, now } = parts;

  return {
    async launch(request) {
      const prepared = await prepareLink(request, parts);
      if (request.signal.aborted) {
        throw new Failure("start-failed", "LinkSocks failed to start: it was stopped meanwhile");
      }
      for (const warning of prepared.warnings) audit("INFO", warning);
      return await open(request, prepared);
    },
  };

  async function open({ config, carrier }: LaunchRequest, prepared: PreparedLink): Promise<RunningTunnel> {
    const { socks, configFile, ownAddress } = prepared;
    const startedAt = now();
    const part = partOf(config);
    const version = "none, it is carried by wpdaemon's own LinkSocks client";
    const header = { folder: paths.logs, config, configFile, version, startedAt: new Date(startedAt) };
    const log = createInProcessLog(header, now);
    logsInUse.add(log.path);
    let onChange = () => {};
    try {
      const options = { ...optionsFor(prepared), part, log: log.append, onChange: () => onChange() };
      const link = await startOrExplain(config, options);
      audit("ACTION", `${config}: started a LinkSocks client in this process, log ${log.path}`);
      pruneSessionLogs(paths.logs, [...logsInUse, ...parts.register.list().map(({ logFile }) => logFile)]);
      log.append("info", socks === undefined ? "provider" : `accepting SOCKS on ${formatHostAndPort(socks)}`);
      const client = {
        ...link,
        observe: watchLink(link, now),
        onNews(listener: () => void) {
          onChange = listener;
        },
      };
      return superviseClient(client, {
        part,
        log,
        socks,
        ownAddress,
        carrier,
        startedAt,
        explain: (cause, wasReady) => explainEnd(cause, wasReady, log.path, carrier ?? config),
        onQuiet: parts.onQuiet,
        onOver: () => void logsInUse.delete(log.path),
      });
    } catch (error) {
      log.finish("died-during-startup");
      logsInUse.delete(log.path);
      throw error;
    }
  }

  function optionsFor({ link, socks }: PreparedLink): Omit<ClientOptions, "part" | "log" | "onChange"> {
    const { isProvider, heedsProxyVariables, secrets, ...settings } = link;
    const { host, port } = socks ?? NOWHERE;
    const { username, password } = socks?.credentials.reveal() ?? NO_CREDENTIALS;
    return {
      ...CLIENT_OPTIONS,
      ...settings,
      ...secrets.reveal(),
      role: isProvider ? "provider" : "client",
      socks: { host, port, username, password },
      proxyEnvironment: heedsProxyVariables ? parts.environment : undefined,
    };
  }

  async function startOrExplain(config: string, options: ClientOptions): Promise<LinkClient> {
    try {
      return await startLinkClient(options);
    } catch (error) {
      if (!(error instanceof Failure) || error.code !== "usage") throw error;
      throw new Failure("config-invalid", `${config}: ${error.message}`, { hint: error.hint, cause: error });
    }
  }
}

/** A provider accepts no SOCKS. */
const NOWHERE = { host: "127.0.0.1", port: 0 } as const;

/** @param config with suffix, whose server it is. */
function explainEnd(cause: unknown, wasReady: boolean, log: string, config: string): Failure {
  const reason = cause instanceof Error ? cause.message : String(cause);
  const what = wasReady ? "LinkSocks has ended" : "LinkSocks failed to start";
  return new Failure("start-failed", `${what}: ${reason}. Check log: ${log}`, {
    hint: `check Url, Token and Reverse in ${config}`,
    cause,
  });
}
