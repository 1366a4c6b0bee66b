import type { ClientOptions } from "../../linksocks/options.ts";
import { parseProxyAddress } from "../../net/proxy/proxy-address.ts";
import type { Environment } from "../../platform/environment.ts";
import { Failure } from "../../platform/failure.ts";
import type { ParsedFlags } from "../parse-flags.ts";
import { readCredentials, readDestinations, readHost, readToken, warnOfDestinations } from "./common-options.ts";
import { CLIENT_DIRECT_FLAGS, CLIENT_FLAGS } from "./flags/client-flags.ts";
import { type FlagValues, readFlagValues } from "./flags/flag-values.ts";

export type ClientRole = "client" | "connector" | "provider";

/** The machine that a role runs on. */
export interface Machine {
  readonly environment: Environment;
  readonly processors: number;
}

/** What a command line asks for, before there is a log to write to. */
export type ClientRequest = Readonly<ReturnType<typeof readClientOptions>>;

/**
 * The options of `linksocks client`, `connector` or `provider`; docs/protocols/linksocks.md, Command line.
 * @throws Failure `usage` for a value that cannot be, `file-unusable` for a token file that cannot be read.
 */
export function readClientOptions(role: ClientRole, parsed: ParsedFlags, machine: Machine) {
  const values = readFlagValues(CLIENT_FLAGS, parsed, machine.environment);
  const isProvider = role === "provider" || values.isOn("reverse");
  /** What the user may not expect, for the log. */
  const warnings = warnOfDirectFlags(values);
  const upstream = parseProxyAddress(values.text("upstream-proxy"));
  if (!isProvider && values.isGiven("connector-token"))
    warnings.push("--connector-token has no effect without --reverse");
  if (!isProvider && values.isGiven("upstream-proxy"))
    warnings.push("--upstream-proxy has no effect without --reverse");
  if (!isProvider) warnings.push(...warnOfDestinations(values, "without --reverse"));
  if (isProvider && upstream?.kind === "http") warnings.push(HTTP_WITHOUT_UDP);
  const options: Omit<ClientOptions, "part" | "log" | "now" | "onChange"> = {
    url: values.text("url"),
    token: readToken(values),
    role: isProvider ? "provider" : "client",
    socks: { host: readHost(values.text("socks-host")), port: values.port("socks-port"), ...readCredentials(values) },
    socksWithoutWaiting: values.isOn("socks-no-wait"),
    connectorToken: isProvider ? values.text("connector-token") : "",
    threads: countThreads(values, machine.processors),
    reconnects: !values.isOn("no-reconnect"),
    retriesAuthentication: values.isOn("retry-auth"),
    fastOpen: values.isOn("fast-open"),
    upstream: isProvider ? upstream : undefined,
    destinations: readDestinations(values),
    proxyEnvironment: values.isOn("no-env-proxy") ? undefined : pickProxies(machine.environment),
    headers: parseHeaders(values.list("header")),
    certificateAuthority: values.text("ca") || undefined,
    reconnectDelayMs: 1_000,
    longestReconnectDelayMs: 10 * 60_000,
  };
  /** How often `-d` is given. */
  const verbosity = values.count("debug");
  return { options, verbosity, warnings };
}

export const HTTP_WITHOUT_UDP = "the upstream proxy is an HTTP proxy, which carries no UDP";

type ClientValues = FlagValues<(typeof CLIENT_FLAGS)[number]["name"]>;

/** Checks these flags as LinkSocks does, and names those that do nothing here. */
function warnOfDirectFlags(values: ClientValues): string[] {
  if (values.text("direct-mode") === "direct-only") {
    throw new Failure("usage", "wpdaemon has no direct connections, so --direct-mode direct-only cannot be met", {
      hint: "--direct-mode auto or relay-only, where everything goes through the server",
    });
  }
  values.text("direct-discovery");
  values.text("direct-host-candidates");
  values.text("direct-only-action");
  values.isOn("direct-upnp");
  values.duration("direct-upnp-lease");
  values.isOn("direct-upnp-keep");
  values.port("direct-upnp-external-port");
  for (const server of values.list("stun-server")) {
    if (/^.+:\d{1,5}$/.test(server)) continue;
    throw new Failure("usage", `invalid --stun-server: ${JSON.stringify(server)}`, { hint: "HOST:PORT" });
  }
  return CLIENT_DIRECT_FLAGS.map(({ name }) => name)
    .filter((name) => name !== "direct-mode" && values.isGiven(name))
    .map((name) => `--${name} has no effect: wpdaemon has no direct connections, everything goes through the server`);
}

/** As with LinkSocks, 0 means 1, a negative number means one per processor, and 100 per processor is the most. */
function countThreads(values: ClientValues, processors: number): number {
  const threads = values.integer("threads", { from: -(2 ** 31), to: 2 ** 31, hint: "a whole number, such as -T 4" });
  if (threads === 0) return 1;
  return Math.min(threads < 0 ? processors : threads, 100 * processors);
}

function pickProxies(environment: Environment): Environment {
  const names = ["HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY"].flatMap((name) => [name, name.toLowerCase()]);
  return Object.fromEntries(names.map((name) => [name, environment[name]]));
}

/**
 * Headers of `--header "Name: value"`, by name. The last one of a name counts.
 * @throws Failure `usage`, whose text does not hold the value, for that may be a secret.
 */
function parseHeaders(texts: readonly string[]): Readonly<Record<string, string>> {
  const headers = new Headers();
  for (const text of texts) {
    const [, name = "", value = ""] = /^([^:]+):(.*)$/s.exec(text) ?? [];
    try {
      headers.set(name, value.trim());
    } catch {
      throw new Failure("usage", `--header ${JSON.stringify(name)} cannot be sent`, {
        hint: '--header "Name: value", such as --header "User-Agent: example"',
      });
    }
  }
  return Object.fromEntries(headers);
}
