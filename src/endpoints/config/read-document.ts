import { dirname, join } from "node:path";
import * as v from "valibot";
import { isLoopback } from "../../net/address-range.ts";
import { hostOfUrl } from "../../net/host-and-port.ts";
import type { Environment } from "../../platform/environment.ts";
import { describeError } from "../../platform/failure.ts";
import { readTextIfThere } from "../../platform/files/files.ts";
import { Secret } from "../../platform/secret.ts";
import type { Checked, Finding } from "./findings.ts";
import { type ConfigDocument, documentSchema, parseStaticName } from "./schema.ts";
import type { EndpointSettings, NetSettings, NgrokSettings } from "./settings.ts";
import { findUnknownKeys } from "./unknown-keys.ts";

/** What holds where a configuration says nothing. */
export interface Defaults {
  readonly socketPath: string;
  readonly socketMode: number;
  /** Of the certificate, its key, and what else has to last. */
  readonly stateFolder: string;
  /** Whether ngrok is asked though the configuration has no section `api`. */
  readonly asksNgrok: boolean;
}

/** As ngrokd has them. */
export const NGROKD_DEFAULTS: Defaults = {
  socketPath: "/var/run/ngrokd.sock",
  socketMode: 0o660,
  stateFolder: "/etc/ngrokd",
  asksNgrok: true,
};

/** The addresses of names: loopback, where Linux needs neither an interface nor a privilege. */
const DEFAULT_SUBNET = "127.107.0.0/16";
const DEFAULT_API = "https://api.ngrok.com";
/** Unknown keys, and wrong values, that are told: more help nobody. */
const MOST_PROBLEMS = 200;
/** Polls that come faster use up what ngrok allows an account. */
const BRISK_POLL_SECONDS = 5;

/**
 * Makes settings of a configuration that has been parsed as YAML. The environment beats it, and what neither has is as
 * `defaults` have it. Everything that is wrong is found at once.
 */
export function readDocument(
  document: unknown,
  environment: Environment,
  defaults: Defaults,
): Checked<EndpointSettings> {
  const parsed = v.safeParse(documentSchema, overlay(document ?? {}, environment));
  const key = readKey(environment);
  const problems: readonly Finding[] = [
    ...(key.problem === undefined ? [] : [key.problem]),
    ...findUnknownKeys(document, documentSchema).take(MOST_PROBLEMS),
    ...(parsed.issues ?? [])
      .slice(0, MOST_PROBLEMS)
      .map((issue) => ({ key: v.getDotPath(issue) ?? "", message: issue.message })),
  ];
  if (!parsed.success || problems.length > 0) return { settings: undefined, problems, warnings: [] };
  const twice = findNamedTwice(parsed.output);
  if (twice.length > 0) return { settings: undefined, problems: twice, warnings: [] };
  const asksNgrok = defaults.asksNgrok || key.value !== undefined || hasSection(document, "api");
  const settings = toSettings(parsed.output, key.value, asksNgrok, defaults);
  return { settings, problems, warnings: findWarnings(parsed.output, settings) };
}

/** Which variable beats which key. */
const VARIABLES = [
  { variable: "NGROKD_SOCKET", section: "server", key: "socket_path" },
  { variable: "NGROKD_HOSTS_PATH", section: "hosts", key: "path" },
  { variable: "NGROKD_API_URL", section: "api", key: "url" },
] as const;

function overlay(document: unknown, environment: Environment): unknown {
  if (!isRecord(document)) return document;
  let result = document;
  for (const { variable, section, key } of VARIABLES) {
    const value = environment[variable];
    const inner = result[section] ?? {};
    if (value && isRecord(inner)) result = { ...result, [section]: { ...inner, [key]: value } };
  }
  const ingress = environment.NGROKD_INGRESS;
  return ingress ? { ...result, ingressEndpoint: ingress } : result;
}

/** Names of `static` that stand for one endpoint, each but the first. */
function findNamedTwice(document: ConfigDocument): readonly Finding[] {
  const names = new Map<string, string>();
  return Object.entries(document.static).flatMap(([name, { target }]) => {
    const { url } = parseStaticName(name, target.port);
    const first = names.get(url);
    names.set(url, first ?? name);
    return first === undefined ? [] : [{ key: `static.${name}`, message: `${first} is the same endpoint, ${url}` }];
  });
}

/** The key as the environment has it. */
function readKey(environment: Environment): { readonly value?: string; readonly problem?: Finding } {
  const own = environment.NGROK_API_KEY;
  if (own) return { value: own };
  const file = environment.NGROK_API_KEY_FILE;
  if (!file) return {};
  try {
    const value = readTextIfThere(file)?.trim();
    if (value) return { value };
    return { problem: { key: "NGROK_API_KEY_FILE", message: `there is no key in ${file}` } };
  } catch (error) {
    return { problem: { key: "NGROK_API_KEY_FILE", message: `cannot read ${file}: ${describeError(error)}` } };
  }
}

function toSettings(
  document: ConfigDocument,
  ownKey: string | undefined,
  asksNgrok: boolean,
  defaults: Defaults,
): EndpointSettings {
  const { server, hosts, health } = document;
  return {
    ngrok: asksNgrok ? toNgrok(document, ownKey, defaults) : undefined,
    static: Object.entries(document.static).map(([name, { target, via }]) => {
      return { address: parseStaticName(name, target.port), target, via };
    }),
    net: toNet(document.net),
    hosts: { enabled: hosts.enabled, path: hosts.path ?? "/etc/hosts", cleanupOnExit: hosts.cleanup_on_exit },
    health: {
      address: { host: server.health_address ?? "127.0.0.1", port: server.health_port ?? 8081 },
      requireEndpoints: health.require_endpoints,
    },
    socket: { path: server.socket_path ?? defaults.socketPath, mode: server.socket_mode ?? defaults.socketMode },
    stateFolder: stateFolderOf(document, defaults),
    shutdownGraceMs: (document.shutdown_grace ?? 10) * 1000,
  };
}

function toNgrok(document: ConfigDocument, ownKey: string | undefined, defaults: Defaults): NgrokSettings {
  const { api, server, bound_endpoints } = document;
  const stateFolder = stateFolderOf(document, defaults);
  const key = ownKey ?? api.key;
  return {
    apiUrl: api.url ?? DEFAULT_API,
    apiKey: key === undefined ? undefined : new Secret(key),
    region: api.region ?? "global",
    ingress: document.ingressEndpoint,
    ingressCaFile: document.ingress_ca_file,
    ingressInsecure: document.ingress_insecure_skip_verify,
    certificatePath: server.client_cert ?? join(stateFolder, "tls.crt"),
    keyPath: server.client_key ?? join(stateFolder, "tls.key"),
    operatorIdPath: join(stateFolder, "operator_id"),
    pollMs: (bound_endpoints.poll_interval ?? 30) * 1000,
    renewalCheckMs: (server.cert_refresh_interval ?? 3600) * 1000,
    selectors: bound_endpoints.selectors ?? ["true"],
  };
}

/** ngrokd keeps everything beside the certificate. */
function stateFolderOf({ server }: ConfigDocument, { stateFolder }: Defaults): string {
  return server.client_cert === undefined ? stateFolder : dirname(server.client_cert);
}

function toNet(net: ConfigDocument["net"]): NetSettings {
  return {
    subnet: net.subnet ?? DEFAULT_SUBNET,
    listen: net.listen_interface ?? (net.network_accessible ? "0.0.0.0" : "virtual"),
    overrides: new Map(Object.entries(net.overrides).map(([name, listen]) => [name.toLowerCase(), listen])),
    startPort: net.start_port ?? 9080,
    interfaceName: net.interface_name ?? "ngrokd0",
    allowCidrs: net.allow_cidrs,
  };
}

function findWarnings(document: ConfigDocument, { ngrok, net }: EndpointSettings): readonly Finding[] {
  const warnings: Finding[] = [];
  const warn = (key: string, message: string, hint?: string) =>
    warnings.push({ key, message, ...(hint === undefined ? {} : { hint }) });
  const poll = document.bound_endpoints.poll_interval ?? BRISK_POLL_SECONDS;
  if (poll < BRISK_POLL_SECONDS) {
    warn("bound_endpoints.poll_interval", "ngrok allows an account 120 requests a minute", "5 seconds or more");
  }
  if (document.net.network_accessible) {
    warn("net.network_accessible", "the key is obsolete", 'write listen_interface: "0.0.0.0"');
  }
  if ([net.listen, ...net.overrides.values()].some((listen) => listen !== "virtual") && net.allowCidrs === undefined) {
    const message = "whoever reaches this machine reaches private endpoints, without a password";
    warn("net.listen_interface", message, "name who may in net.allow_cidrs");
  }
  if (document.dns.enabled || document.dns.manage_resolv_conf) {
    warn("dns", "there is no DNS server: names are written to the hosts file");
  }
  if (ngrok?.ingressInsecure === true) {
    const message = "whoever is on the way to the ingress can read and change what is carried";
    warn("ingress_insecure_skip_verify", message, "set ingress_ca_file instead");
  }
  const api = URL.parse(ngrok?.apiUrl ?? DEFAULT_API);
  if (api?.protocol === "http:" && !isLoopback(hostOfUrl(api))) {
    warn("api.url", "the API key goes over the network in plain text", "use https");
  }
  return warnings;
}

function hasSection(document: unknown, name: string): boolean {
  return isRecord(document) && isRecord(document[name]);
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
