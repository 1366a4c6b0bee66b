import type { ServerOptions } from "../../linksocks/options.ts";
import { parseAddressRange } from "../../net/address-range.ts";
import { parseProxyAddress } from "../../net/proxy/proxy-address.ts";
import type { Environment } from "../../platform/environment.ts";
import { Failure } from "../../platform/failure.ts";
import type { ParsedFlags } from "../parse-flags.ts";
import { HTTP_WITHOUT_UDP } from "./client-options.ts";
import { readCredentials, readDestinations, readHost, readToken, warnOfDestinations } from "./common-options.ts";
import { type FlagValues, readFlagValues } from "./flags/flag-values.ts";
import { SERVER_DIRECT_FLAGS, SERVER_FLAGS } from "./flags/server-flags.ts";

/** The tokens that a server is to begin with; an empty text is generated. */
export type TokenPlan =
  | { readonly kind: "none" }
  | { readonly kind: "forward"; readonly token: string }
  | {
      readonly kind: "reverse";
      readonly token: string;
      readonly connectorToken: string;
      readonly autonomy: boolean;
      readonly port: number;
      readonly username: string;
      readonly password: string;
    };

/** What a command line asks for, before there is a log to write to. */
export type ServerRequest = Readonly<ReturnType<typeof readServerOptions>>;

/**
 * The options of `linksocks server`; docs/protocols/linksocks.md, Command line.
 * @throws Failure `usage` for a value that cannot be, `file-unusable` for a token file that cannot be read.
 */
export function readServerOptions(parsed: ParsedFlags, environment: Environment) {
  const values = readFlagValues(SERVER_FLAGS, parsed, environment);
  const upstream = parseProxyAddress(values.text("upstream-proxy"));
  const tokens = planTokens(values);
  const options: Omit<ServerOptions, "log" | "now"> = {
    host: readHost(values.text("ws-host")),
    port: values.port("ws-port"),
    tls: readTls(values),
    socksHost: readHost(values.text("socks-host")),
    socksWithoutWaiting: values.isOn("socks-nowait"),
    fastOpen: values.isOn("fast-open"),
    upstream,
    destinations: readDestinations(values),
    apiKey: values.text("api-key"),
    connectorWaitMs: values.duration("connector-wait-provider"),
    bufferSize: values.integer("buffer-size", BUFFER_SIZE),
    portPool: { first: 1_024, last: 10_240 },
    trustedProxies: values.list("trust-proxy").map((address) => checkAddressRange("--trust-proxy", address)),
  };
  /** What the user may not expect, for the log. */
  const warnings = [
    ...warnOfDirectFlags(values),
    ...warnOfUnusedTokens(values, tokens),
    ...warnOfSocksPlace(values, tokens, options),
    ...(tokens.kind === "reverse" ? warnOfDestinations(values, "with --reverse: give it to the providers") : []),
    ...(upstream?.kind === "http" ? [HTTP_WITHOUT_UDP] : []),
  ];
  /** How often `-d` is given. */
  const verbosity = values.count("debug");
  return { options, tokens, verbosity, warnings };
}

/** A message with its head stays below the 32 MiB that any peer takes. */
const BUFFER_SIZE = { from: 1, to: 16_777_216, hint: "a number of bytes, from 1 to 16777216" } as const;

type ServerValues = FlagValues<(typeof SERVER_FLAGS)[number]["name"]>;

function planTokens(values: ServerValues): TokenPlan {
  const token = readToken(values);
  const port = values.port("socks-port");
  const autonomy = values.isOn("connector-autonomy");
  if (values.text("api-key") !== "") return { kind: "none" };
  if (!values.isOn("reverse")) return { kind: "forward", token };
  return {
    kind: "reverse",
    token,
    connectorToken: values.text("connector-token"),
    autonomy,
    port,
    ...readCredentials(values),
  };
}

function readTls(values: ServerValues): ServerOptions["tls"] {
  const [certificate, key] = [values.text("tls-cert"), values.text("tls-key")];
  if (certificate !== "" && key !== "") return { certificate, key };
  if (certificate === "" && key === "") return undefined;
  const [given, missing] = key === "" ? ["cert", "key"] : ["key", "cert"];
  throw new Failure("usage", `--tls-${given} needs --tls-${missing} as well`, {
    hint: "--tls-cert FILE --tls-key FILE",
  });
}

function warnOfDirectFlags(values: ServerValues): readonly string[] {
  values.isOn("direct-enable");
  values.isOn("direct-rendezvous-udp");
  if (values.isGiven("direct-rendezvous-port")) values.port("direct-rendezvous-port");
  return SERVER_DIRECT_FLAGS.filter(({ name }) => values.isGiven(name)).map(
    ({ name }) => `--${name} has no effect: wpdaemon has no direct connections, everything goes through this server`,
  );
}

function warnOfUnusedTokens(values: ServerValues, tokens: TokenPlan): readonly string[] {
  const given = (["token", "token-file", "connector-token"] as const).filter((name) => values.isGiven(name));
  if (tokens.kind === "none") {
    return given.map((name) => `--${name} has no effect with an API key: tokens are created through the API`);
  }
  if (!given.includes("connector-token")) return [];
  if (tokens.kind === "forward") return ["--connector-token has no effect without --reverse"];
  return tokens.autonomy ? ["--connector-token has no effect with --connector-autonomy"] : [];
}

/** Other programs' servers take with `-p` and `-s` what is `-P` and `-H` here. */
function warnOfSocksPlace(
  values: ServerValues,
  { kind }: TokenPlan,
  { host, port }: Pick<ServerOptions, "host" | "port">,
): readonly string[] {
  if (kind !== "forward") return [];
  const places = [
    ["socks-port", "-p", `-P, now ${port}`],
    ["socks-host", "-s", `-H, now ${host}`],
  ] as const;
  return places
    .filter(([name]) => values.isGiven(name))
    .map(([name, flag, own]) => `${flag} (--${name}) has no effect without --reverse: where clients connect is ${own}`);
}

/** @returns `text`. @throws Failure `usage` for what is neither an IP address nor a range of them. */
function checkAddressRange(flag: string, text: string): string {
  if (parseAddressRange(text) !== undefined) return text;
  throw new Failure("usage", `invalid ${flag}: ${JSON.stringify(text)}`, {
    hint: "an address such as 192.0.2.1, or a range such as 10.0.0.0/8 or fd00::/8",
  });
}
