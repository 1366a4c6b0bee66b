import { formatHostAndPort, type HostAndPort, parseHostAndPort } from "../../../net/host-and-port.ts";
import { connectThroughSocks, type SocksProxy } from "../../../net/proxy/socks-client.ts";
import { describeError, Failure } from "../../../platform/failure.ts";
import { toPlainText } from "../../../platform/plain-text.ts";
import { commonOptions, parseDuration, parseWhole, tunnelArgument } from "../../arguments.ts";
import { openControl } from "../../daemon/reach-daemon.ts";
import { say } from "../../output/report.ts";
import { defineVerb } from "../../verb.ts";
import { addressOf, buildProxyVariables, type TunnelProxies } from "./proxy-environment.ts";
import { findProxies } from "./tunnel-proxies.ts";

/** An answer that tells an address is short. */
const LONGEST_EXIT = 200;
const MOST_TIMES = 10_000;

export const verb = defineVerb({
  name: "ping",
  summary: "Measure how long it takes to connect through a tunnel",
  details:
    "Connects by TCP through the tunnel's SOCKS5 proxy, one time after the other, and says how long it took until the far end had answered: half of the times were at most p50. Exit code 1 if no time came through.",
  examples: ["wpdaemon ping us-east example.com:443 -n 10", "wpdaemon ping us-east --exit https://ifconfig.co/ip"],
  args: {
    name: tunnelArgument,
    target: {
      type: "positional",
      valueHint: "host:port",
      description: "Where to connect to",
      required: false,
      default: "1.1.1.1:443",
    },
    times: { type: "string", alias: "n", valueHint: "times", description: "How often", default: "4" },
    timeout: { type: "string", valueHint: "time", description: "How long one may take: 500ms, 10s", default: "10s" },
    exit: {
      type: "string",
      valueHint: "url",
      description: "A page that tells the address it was asked from; what it says is shown",
    },
    ...commonOptions,
  },
  async run({ args }) {
    const target = parseHostAndPort(args.target);
    if (target === undefined || target.host === "" || target.port === 0) {
      throw new Failure("usage", `${args.target} is no host and port`, { hint: "write example.com:443" });
    }
    const times = parseWhole("-n", args.times, "-n 10");
    if (times < 1 || times > MOST_TIMES) throw new Failure("usage", `-n takes 1 to ${MOST_TIMES}`);
    const milliseconds = parseDuration("--timeout", args.timeout);
    const proxies = await findProxies(args.home, await openControl(args).tunnel(args.name));
    const proxy = proxyOf(proxies);
    const results: Attempt[] = [];
    for (let number = 1; number <= times; number += 1) {
      const attempt = await connect(proxy, target, milliseconds);
      results.push(attempt);
      if (!args.json) say(`${String(number).padStart(String(times).length)}  ${describe(attempt)}`);
    }
    const exit = args.exit === undefined ? null : await askExit(args.exit, proxies, milliseconds);
    report({ tunnel: proxies.name, target: formatHostAndPort(target), results, exit }, args.json);
  },
});

type Attempt = { readonly milliseconds: number } | { readonly error: string };

function proxyOf({ socks }: TunnelProxies): SocksProxy {
  const { hostname, port } = addressOf(socks);
  return { host: hostname, port, ...socks.credentials };
}

async function connect(proxy: SocksProxy, target: HostAndPort, milliseconds: number): Promise<Attempt> {
  const began = performance.now();
  try {
    using _ = await connectThroughSocks(proxy, target, milliseconds);
    return { milliseconds: Math.round((performance.now() - began) * 100) / 100 };
  } catch (error) {
    return { error: describeError(error) };
  }
}

function describe(attempt: Attempt): string {
  return "error" in attempt ? attempt.error : `${attempt.milliseconds.toFixed(1)} ms`;
}

/** @throws Failure `internal` with the reason, where the page does not answer. */
async function askExit(url: string, proxies: TunnelProxies, milliseconds: number): Promise<string> {
  const { HTTP_PROXY, HTTPS_PROXY } = buildProxyVariables({}, proxies);
  const proxy = url.startsWith("https:") ? HTTPS_PROXY : HTTP_PROXY;
  if (proxy === undefined || !proxy.startsWith("http:")) {
    throw new Failure("usage", "this tunnel has no HTTP proxy that takes such a URL", { hint: "give one of https://" });
  }
  const answer = await fetch(url, { proxy, signal: AbortSignal.timeout(milliseconds), redirect: "follow" });
  return toPlainText((await answer.text()).trim().slice(0, LONGEST_EXIT)).replaceAll("\n", " ");
}

interface Findings {
  readonly tunnel: string;
  readonly target: string;
  readonly results: readonly Attempt[];
  readonly exit: string | null;
}

function report({ tunnel, target, results, exit }: Findings, asJson: boolean | undefined): void {
  const taken = results.flatMap((result) => ("error" in result ? [] : [result.milliseconds])).sort((a, b) => a - b);
  const p50 = taken[Math.ceil(taken.length / 2) - 1] ?? null;
  const worst = taken.at(-1) ?? null;
  if (asJson) say(JSON.stringify({ tunnel, target, attempts: results, p50, worst, exit }));
  else {
    if (p50 !== null && worst !== null) {
      say(
        `${taken.length} of ${results.length} reached ${target}: p50 ${p50.toFixed(1)} ms, worst ${worst.toFixed(1)} ms`,
      );
    }
    if (exit !== null) say(`exit  ${exit}`);
  }
  if (taken.length === 0) throw new Failure("timed-out", `nothing reached ${target} through ${tunnel}`);
}
