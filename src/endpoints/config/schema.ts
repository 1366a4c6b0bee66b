import * as v from "valibot";
import { parseAddressRange } from "../../net/address-range.ts";
import { type HostAndPort, parseHostAndPort } from "../../net/host-and-port.ts";
import { attemptOr } from "../../platform/failure.ts";
import { isIP, isIPv4 } from "../../platform/network/ip-address.ts";
import { type EndpointAddress, isHostname, parseEndpointUrl } from "../url.ts";

// ngrokd's configuration file, docs/endpoints.md#configuration, and the section `endpoints` of config.yaml: the same keys.
// A key that is left out, and one that is null, an empty text, 0 or an empty list, has its default; it is undefined here.

/** A text, and what it means. */
function textAs<Value>(parse: (text: string) => Value | undefined, otherwise: string) {
  return v.pipe(
    v.nullish(v.string("a text is needed"), ""),
    v.check((text) => text === "" || parse(text) !== undefined, otherwise),
    v.transform((text) => (text === "" ? undefined : parse(text))),
  );
}

const text = textAs((value) => value, "");

function number(most: number) {
  return v.pipe(
    v.nullish(
      v.pipe(
        v.number("a number is needed"),
        v.integer("a whole number is needed"),
        v.minValue(0, "it cannot be negative"),
        v.maxValue(most, `it is at most ${most}`),
      ),
      0,
    ),
    v.transform((value) => (value === 0 ? undefined : value)),
  );
}

function flag(fallback: boolean) {
  return v.nullish(v.boolean("true or false is needed"), fallback);
}

function listOf(isValid: (text: string) => boolean, otherwise: string) {
  const item = v.pipe(v.string("a text is needed"), v.check(isValid, otherwise));
  return v.pipe(
    v.nullish(v.array(item, "a list is needed"), []),
    v.transform((value) => (value.length === 0 ? undefined : value)),
  );
}

const KEYS = "keys with values are needed";
const NAMES = "names with values are needed";

function named(isName: (text: string) => boolean, otherwise: string) {
  return v.pipe(v.string(), v.check(isName, otherwise));
}

/** A day: no wait of this program is longer. */
const seconds = number(86_400);
const port = number(65_535);

const apiUrl = textAs(parseApiUrl, "an http or https URL is needed, without a query");
const ingress = textAs((value) => parseTarget(value, 443), "host:port is needed");
const subnet = textAs(
  (value) => (isSubnet(value) ? value : undefined),
  "a range of IPv4 addresses such as 127.107.0.0/16 is needed, of /30 or more",
);
const mode = textAs(
  (value) => (/^0?[0-7]{3}$/.test(value) ? Number.parseInt(value, 8) : undefined),
  'a mode in octal digits is needed, in quotes: "0660"',
);
const LISTEN_WORDS = "virtual, 0.0.0.0, an IPv4 address or the name of an interface is needed";
const isListen = (value: string) => !value.includes(":") && (isIPv4(value) || isInterfaceName(value));
const target = v.pipe(
  v.string("host:port is needed"),
  v.check((value) => parseTarget(value) !== undefined, "host:port is needed"),
  v.transform((value) => parseTarget(value) ?? { host: "", port: 0 }),
);

export const documentSchema = v.object(
  {
    api: v.nullish(v.object({ url: apiUrl, key: text, region: text }, KEYS), {}),
    ingressEndpoint: ingress,
    ingress_ca_file: text,
    ingress_insecure_skip_verify: flag(false),
    server: v.nullish(
      v.object(
        {
          log_level: text,
          socket_path: text,
          socket_mode: mode,
          client_cert: text,
          client_key: text,
          cert_refresh_interval: seconds,
          health_address: textAs((value) => (isIP(value) ? value : undefined), "an address is needed"),
          health_port: port,
        },
        KEYS,
      ),
      {},
    ),
    bound_endpoints: v.nullish(
      v.object({ poll_interval: seconds, selectors: listOf((value) => value !== "", "it is empty") }, KEYS),
      {},
    ),
    net: v.nullish(
      v.object(
        {
          interface_name: text,
          subnet,
          listen_interface: textAs((value) => (isListen(value) ? value : undefined), LISTEN_WORDS),
          start_port: port,
          overrides: v.nullish(
            v.record(
              named(isHostname, "a host name without a port is needed"),
              v.pipe(v.string("a text is needed"), v.check(isListen, LISTEN_WORDS)),
              NAMES,
            ),
            {},
          ),
          /** Who may connect in network mode; everybody where it is left out. */
          allow_cidrs: listOf(
            (value) => parseAddressRange(value) !== undefined,
            "an address or a range of them is needed",
          ),
          /** What `listen_interface: 0.0.0.0` was called before ngrokd 0.2. */
          network_accessible: flag(false),
        },
        KEYS,
      ),
      {},
    ),
    hosts: v.nullish(v.object({ enabled: flag(true), path: text, cleanup_on_exit: flag(true) }, KEYS), {}),
    health: v.nullish(v.object({ require_endpoints: flag(false) }, KEYS), {}),
    dns: v.nullish(
      v.object({ enabled: flag(false), listen: text, manage_resolv_conf: flag(false), upstream: text }, KEYS),
      {},
    ),
    /** How long connections may go on after the end was asked for. */
    shutdown_grace: seconds,
    static: v.nullish(
      v.record(
        named(
          (name) => attemptOr(undefined, () => parseStaticName(name, 1)) !== undefined,
          "a name, name:port or URL such as http://app.internal is needed",
        ),
        v.object({ target, via: text }, KEYS),
        NAMES,
      ),
      {},
    ),
  },
  KEYS,
);

/** A configuration as its keys are written. */
export type ConfigDocument = v.InferOutput<typeof documentSchema>;

/** The endpoint that a name of `static` stands for. @throws Failure `usage`. */
export function parseStaticName(name: string, targetPort: number): EndpointAddress {
  const url = name.includes("://") ? name : `tcp://${name}`;
  const isWithoutPort = url.startsWith("tcp://") && !/:\d+$/.test(url);
  return parseEndpointUrl(isWithoutPort ? `${url}:${targetPort}` : url);
}

function parseTarget(value: string, defaultPort?: number): HostAndPort | undefined {
  const parsed = parseHostAndPort(value, defaultPort);
  const isUsable = parsed !== undefined && parsed.port > 0 && (isIP(parsed.host) || isHostname(parsed.host));
  return isUsable ? parsed : undefined;
}

function parseApiUrl(value: string): string | undefined {
  const url = URL.parse(value);
  if (url === null || !["http:", "https:"].includes(url.protocol)) return undefined;
  if (url.search !== "" || url.hash !== "" || url.username !== "" || url.password !== "") return undefined;
  return url.href.replace(/\/+$/, "");
}

function isSubnet(value: string): boolean {
  const [address = "", prefix] = value.split("/");
  return isIPv4(address) && prefix !== undefined && parseAddressRange(value) !== undefined && Number(prefix) <= 30;
}

/** As Linux and macOS take it, or the word `virtual`. */
function isInterfaceName(value: string): boolean {
  return /^[^\s/]{1,15}$/.test(value);
}
