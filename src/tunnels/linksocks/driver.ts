import { startClient } from "../../linksocks/client/client.ts";
import type { ClientOptions } from "../../linksocks/options.ts";
import { formatHostAndPort } from "../../net/host-and-port.ts";
import type { Audit } from "../../platform/audit.ts";
import { Failure } from "../../platform/failure.ts";
import type { Paths } from "../../platform/files/paths.ts";
import type { ChildRegister } from "../driver/child-record.ts";
import type { LaunchRequest, RunningTunnel, TunnelDriver } from "../driver/driver.ts";
import { pruneSessionLogs } from "../driver/session-log.ts";
import { createLinkLog } from "./link-log.ts";
import { type PreparedLink, type PrepareLinkParts, prepareLink } from "./prepare-link.ts";
import { type LinkClient, superviseLink } from "./supervise-link.ts";

export interface LinksocksDriverParts extends PrepareLinkParts {
  readonly paths: Pick<Paths, "logs">;
  /** Called when the traffic of one of them has come to rest. */
  readonly onQuiet: () => void;
  /** Session logs that are being written; those of this driver are put there. */
  readonly logsInUse: Set<string>;
  readonly register: Pick<ChildRegister, "list">;
  readonly audit: Audit;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

export type StartLinkClient = (options: ClientOptions) => Promise<LinkClient>;

/** The first delay before a new attempt to reach a server, in milliseconds, as LinkSocks has it. */
const RECONNECT_DELAY_MS = 1_000;
/** A feed that waits for its way out must not wait for the ten minutes of LinkSocks after the server is back. */
const LONGEST_RECONNECT_DELAY_MS = 30_000;

/** Tunnels that our own LinkSocks client carries, within the daemon: no child, and nothing on record. */
export function createLinksocksDriver(
  parts: LinksocksDriverParts,
  startLinkClient: StartLinkClient = startClient,
): TunnelDriver {
  const { paths, audit, logsInUse, now } = parts;

  return {
    async launch(request) {
      const prepared = await prepareLink(request, parts);
      if (request.signal.aborted)
        throw new Failure("start-failed", "LinkSocks failed to start: it was stopped meanwhile");
      for (const warning of prepared.warnings) audit("INFO", warning);
      return await open(request, prepared);
    },
  };

  async function open({ config, carrier }: LaunchRequest, prepared: PreparedLink): Promise<RunningTunnel> {
    const { socks, configFile, ownAddress } = prepared;
    const startedAt = now();
    const log = createLinkLog({ folder: paths.logs, config, configFile, startedAt: new Date(startedAt) }, now);
    logsInUse.add(log.path);
    let tellNews = () => {};
    try {
      const link = await startOrExplain(config, {
        ...optionsFor(prepared),
        log: log.append,
        onChange: () => tellNews(),
      });
      audit("ACTION", `${config}: started a LinkSocks client in this process, log ${log.path}`);
      pruneSessionLogs(paths.logs, [...logsInUse, ...parts.register.list().map(({ logFile }) => logFile)]);
      log.append("info", socks === undefined ? "provider" : `accepting SOCKS on ${formatHostAndPort(socks)}`);
      const onOver = () => void logsInUse.delete(log.path);
      return superviseLink(link, {
        config: carrier ?? config,
        log,
        socks,
        ownAddress,
        carrier,
        startedAt,
        now,
        onQuiet: parts.onQuiet,
        onOver,
        onNews(listener) {
          tellNews = listener;
        },
      });
    } catch (error) {
      log.finish("died-during-startup");
      logsInUse.delete(log.path);
      throw error;
    }
  }

  function optionsFor({ link, socks }: PreparedLink): Omit<ClientOptions, "log" | "onChange"> {
    const { isProvider, heedsProxyVariables, ...settings } = link;
    const { host, port } = socks ?? NOWHERE;
    const { username, password } = socks?.credentials.reveal() ?? NO_CREDENTIALS;
    return {
      ...settings,
      role: isProvider ? "provider" : "client",
      socks: { host, port, username, password },
      proxyEnvironment: heedsProxyVariables ? parts.environment : undefined,
      // Whoever connects before the server is reached waits for it; the port is the tunnel's from its first moment.
      socksWithoutWaiting: true,
      reconnects: true,
      retriesAuthentication: false,
      reconnectDelayMs: RECONNECT_DELAY_MS,
      longestReconnectDelayMs: LONGEST_RECONNECT_DELAY_MS,
      now: () => performance.now(),
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
const NO_CREDENTIALS = { username: "", password: "" } as const;
