import type { TunnelEntry } from "../../../api/control/schemas.ts";
import type { ProxyCredentials } from "../../../net/proxy/proxy-request.ts";
import { Failure } from "../../../platform/failure.ts";
import type { Paths } from "../../../platform/files/paths.ts";
import { parseIni } from "../../../tunnels/config/dialect/ini.ts";
import { locateFinding } from "../../../tunnels/config/finding.ts";
import type { Listener } from "../../../tunnels/config/listeners.ts";
import { readConfigFile } from "../../../tunnels/config/store/config-file.ts";
import { parseOptions } from "../../../tunnels/config/tunnel-config.ts";
import { parseConfig } from "../../../tunnels/kinds.ts";
import { type ControlClient, createControlClient } from "../../daemon/control-client.ts";
import { daemonize } from "../../daemon/daemonize.ts";
import { warn } from "../../output/report.ts";
import { openConfigStore } from "../configs/store.ts";
import { upWithProgram } from "./await-program.ts";
import type { TunnelProxies } from "./proxy-environment.ts";

/** A tunnel that is up, and how programs get into it. */
interface Opened {
  readonly control: ControlClient;
  readonly proxies: TunnelProxies;
}

/**
 * Brings a tunnel up if need be, the daemon before it, and finds its proxies.
 * @param name of the config. @param home as the user gave it. @param port of the line protocol, for a new daemon.
 * @throws Failure `config-invalid` where no program can use it, and those of `up`.
 */
export async function openTunnelProxies(
  paths: Paths,
  name: string,
  home: string | undefined,
  port: number | undefined,
): Promise<Opened> {
  const { daemon, started } = await daemonize(paths.home, port);
  if (started) await warn(`started a daemon, process ${daemon.pid}`);
  const control = createControlClient(paths);
  const tunnel = await upWithProgram(control, name);
  return { control, proxies: await findProxies(home, tunnel) };
}

/** What a listener asks for is told by its config alone: the daemon tells nobody. */
export async function findProxies(
  home: string | undefined,
  { name, socks, http }: TunnelEntry,
): Promise<TunnelProxies> {
  if (socks === null) {
    throw new Failure("config-invalid", `${name} has no SOCKS5 listener that a command could use`, {
      hint: "bring it up, or add a [Socks5] section with BindAddress = 127.0.0.1:25344 to its config",
    });
  }
  const file = openConfigStore(home).find(name);
  const { text } = readConfigFile(file);
  const surroundings = { environment: process.env, mayBeOpen: true };
  const { listeners, findings } = await parseConfig(text, parseOptions(file, surroundings));
  const own = listeners.find(({ kind }) => kind === "http");
  const credentials = readCredentials("socks5");
  return {
    name,
    socks: { address: socks, credentials },
    http: http === null ? undefined : { address: http, credentials: own ? readCredentials("http") : credentials },
    isHttpPartial: own !== undefined,
  };

  /** @throws Failure `config-invalid` where it cannot be known here, for without it nothing would come through. */
  function readCredentials(kind: Listener["kind"]): ProxyCredentials | undefined {
    const listener = listeners.find((one) => one.kind === kind);
    if (listener === undefined) return undefined;
    const known = listener.credentials.reveal();
    // The user name of another listener does not matter.
    const section = parseIni(text, file).find((one) => one.name.toLowerCase() === kind);
    const lines =
      section?.keys.filter((key) => /^(?:username|password)$/i.test(key.name)).map(({ line }) => line) ?? [];
    const fault = findings.find((one) => one.severity === "error" && one.file === file && lines.includes(one.line));
    if (fault === undefined) return known.username === "" && known.password === "" ? undefined : known;
    throw new Failure(
      "config-invalid",
      `the user name and password of ${name} cannot be known here: ${locateFinding(fault)}`,
      { hint: "set the variable that the config names for this command, too" },
    );
  }
}
