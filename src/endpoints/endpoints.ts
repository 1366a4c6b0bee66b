import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import type { ByteStream } from "../net/byte-stream.ts";
import type { HostAndPort } from "../net/host-and-port.ts";
import type { Audit } from "../platform/audit.ts";
import { attemptOr, describeError, Failure } from "../platform/failure.ts";
import { makePrivateFolder } from "../platform/files/files.ts";
import { openLocalAddresses } from "../platform/network/local-addresses.ts";
import { hasOwnAddress } from "../platform/network/own-addresses.ts";
import { type AddressBook, openAddressBook } from "./addresses/address-book.ts";
import { type NetworkPorts, openNetworkPorts } from "./addresses/network-ports.ts";
import { parseSubnet, type Subnet } from "./addresses/subnet.ts";
import type { EndpointSettings, NgrokSettings } from "./config/settings.ts";
import type { EndpointsDocument } from "./document.ts";
import type { EndpointSource, SourceStatus } from "./endpoint.ts";
import { createIngress } from "./forwarding/ingress.ts";
import { readIngressAuthorities } from "./forwarding/ingress-trust.ts";
import { type HostsFile, type HostsReport, openHostsFile } from "./hosts/hosts-file.ts";
import { startPolling } from "./reconcile/polling.ts";
import { createReconciler, type EndpointState, type ServedEndpoint } from "./reconcile/reconciler.ts";
import { rememberList } from "./reconcile/remembered-list.ts";
import { describeEndpoint, findSourceFaults } from "./serving/describe.ts";
import { createEndpointDoors, type EndpointDoors } from "./serving/endpoint-doors.ts";
import { createNgrokSource } from "./sources/ngrok/source.ts";
import { createStaticSource } from "./sources/static.ts";

/** The first has a URL that both want. */
const SOURCES = ["static", "ngrok"] as const satisfies readonly EndpointSource["name"][];

export interface EndpointsOptions {
  readonly settings: EndpointSettings;
  /** Connects to the target of a static endpoint. @param via the tunnel's name; undefined: not through one. */
  readonly dial: (target: HostAndPort, via: string | undefined, signal: AbortSignal) => Promise<ByteStream>;
  /** Sockets that listen already, inherited from the process before; they are the caller's. */
  readonly inherited: readonly number[];
  readonly audit: Audit;
  readonly onChange: (url: string, from: EndpointState, to: EndpointState, reason: string) => void;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/**
 * Serves the endpoints that the settings ask for. When it resolves, those listen that are known already: the settings' own,
 * and what ngrok listed the last time.
 */
export async function startEndpoints(options: EndpointsOptions) {
  const { audit, now } = options;
  const startedAt = now();
  let { settings } = options;
  makePrivateFolder(settings.stateFolder);
  const remembered = rememberList(join(settings.stateFolder, "endpoints.json"));
  let addresses = openAddresses();
  let ports = openPorts();
  let local = openLocal();
  let hosts = openHosts();
  let hostsReport: HostsReport | undefined;
  let stateFault: string | undefined;
  const doors = createEndpointDoors({
    net: () => settings.net,
    addresses: () => addresses,
    takeAddress: (address) => local.take(address),
    ports: () => ports,
    inherited: options.inherited,
    now,
  });
  const reconciler = createReconciler<EndpointDoors>(SOURCES, { open: doors.open, publish, onChange, now });
  const fixed = createStaticSource({ endpoints: settings.static, dial: options.dial });
  let ngrok = settings.ngrok === undefined ? undefined : openNgrok(settings.ngrok);
  if (ngrok !== undefined) {
    const { revive } = ngrok;
    const known = attempt("the last list of endpoints", () => remembered.read()) ?? [];
    if (known.length > 0) await reconciler.apply("ngrok", { endpoints: known.map(revive), unreadable: [] });
  }
  await reconciler.apply("static", await fixed.list());
  doors.forgetInherited();
  let polling = ngrok === undefined ? undefined : poll(ngrok);

  return {
    describe,
    /** Second descriptors of all sockets that listen; the caller closes them. */
    lend: () => reconciler.list().flatMap(({ opened }) => opened?.lend() ?? []),
    /** Asks every source now. */
    async poll(): Promise<void> {
      await reconciler.apply("static", await fixed.list());
      await polling?.poll();
    },
    /** Resolves once ngrok has answered after a change of the settings. @throws Failure why its list is not known. */
    answered,
    refreshCertificate,
    /** Puts other settings in force; what they do not concern stays as it is. */
    configure,
    /** Changes nothing any more, and goes on serving. */
    async freeze(): Promise<void> {
      await ngrok?.stop();
      await polling?.stop();
      polling = undefined;
      await reconciler.pause();
    },
    async resume(): Promise<void> {
      await reconciler.resume();
      polling = ngrok === undefined ? undefined : poll(ngrok);
    },
    /** Lets nobody in any more, and resolves once nobody is left. */
    async drain(): Promise<void> {
      for (const { opened } of reconciler.list()) opened?.stop();
      await doors.deserted();
    },
    /** Ends it: connections have `shutdown_grace` to end by themselves, and the names are removed. */
    async stop(): Promise<void> {
      // First what it asks, which could take long to answer.
      await ngrok?.stop();
      await polling?.stop();
      await reconciler.pause();
      for (const { opened } of reconciler.list()) opened?.stop();
      await doors.deserted(settings.shutdownGraceMs);
      doors.terminateAll();
      local.release();
      if (settings.hosts.cleanupOnExit) await hosts?.publish(new Map());
    },
    /** Cuts off what is still carried. */
    cut: doors.terminateAll,
  };

  async function answered(): Promise<void> {
    await polling?.settled();
    const error = ngrok?.status().lastPollError ?? null;
    if (error !== null) throw new Failure("start-failed", `ngrok: ${error}`);
  }

  async function refreshCertificate(): Promise<void> {
    if (ngrok?.status().registered !== true) {
      const hint = "wpdaemon endpoints status says why";
      throw new Failure("not-running", "this machine is not registered with ngrok", { hint });
    }
    ngrok.wantRenewal();
    await polling?.poll();
    await answered();
    const { lastRenewalError } = ngrok.status();
    if (lastRenewalError !== null) throw new Failure("start-failed", `the certificate stays: ${lastRenewalError}`);
  }

  async function configure(next: EndpointSettings): Promise<void> {
    const former = settings;
    settings = next;
    if (!isDeepStrictEqual(former.hosts, next.hosts) || former.net.subnet !== next.net.subnet) {
      if (former.hosts.path !== next.hosts.path || !next.hosts.enabled) await hosts?.publish(new Map());
      hosts = openHosts();
      hostsReport = undefined;
    }
    const isElsewhere = former.net.subnet !== next.net.subnet;
    if (isElsewhere) {
      local.release();
      local = openLocal();
      addresses = openAddresses();
    }
    if (former.net.startPort !== next.net.startPort) ports = openPorts();
    fixed.configure(next.static);
    await reconciler.apply("static", await fixed.list());
    const before = (hostname: string) => former.net.overrides.get(hostname) ?? former.net.listen;
    const hasOtherGuests = !isDeepStrictEqual(former.net.allowCidrs, next.net.allowCidrs);
    await reconciler.reopen(({ endpoint: { hostname }, opened }) => {
      const concerned = hasOtherGuests && opened?.mode !== "virtual";
      return isElsewhere || concerned || before(hostname) !== doors.modeOf(hostname);
    });
    await configureNgrok(next.ngrok);
  }

  async function configureNgrok(next: NgrokSettings | undefined): Promise<void> {
    await ngrok?.stop();
    await polling?.stop();
    polling = undefined;
    if (next === undefined) {
      await ngrok?.stop();
      ngrok = undefined;
      // Twice: one listing that misses an endpoint does not remove it.
      for (let times = 0; times < 2; times += 1) await reconciler.apply("ngrok", { endpoints: [], unreadable: [] });
      return;
    }
    if (ngrok === undefined) ngrok = openNgrok(next);
    else ngrok.configure(next);
    polling = poll(ngrok);
  }

  function poll(source: NonNullable<typeof ngrok>) {
    return startPolling({
      source,
      async apply(listing) {
        // First: who is killed in between has it for the next start.
        attempt("the list of endpoints", () => remembered.write(listing.endpoints));
        await reconciler.apply("ngrok", listing);
      },
      onFailure: (error) => audit("ERROR", `[endpoints] ngrok's list is not known: ${describeError(error)}`),
    });
  }

  function openNgrok(of: NgrokSettings) {
    return createNgrokSource({
      settings: of,
      stateFolder: settings.stateFolder,
      openIngress: (address, identity) =>
        createIngress({ address, identity, authorities: readIngressAuthorities(settings.ngrok ?? of) }),
      onNotice: (url, text) => audit("INFO", `[endpoints] ngrok says of ${url}: ${text}`),
      now,
    });
  }

  async function publish(names: ReadonlyMap<string, string>): Promise<void> {
    const all = reconciler.list();
    attempt("the addresses", () => addresses.settle(new Set(all.map(({ endpoint }) => endpoint.hostname))));
    attempt("the ports", () =>
      ports.settle(new Set(all.map(({ endpoint: { hostname, port } }) => `${hostname}:${port}`))),
    );
    // Somebody may have taken them away.
    for (const ip of names.values()) attemptOr(undefined, () => local.take(ip));
    if (hosts === undefined) return;
    const report = await hosts.publish(names);
    if (report.error !== undefined && report.error !== hostsReport?.error)
      audit("ERROR", `[endpoints] ${report.error}`);
    for (const warning of report.warnings) audit("INFO", `[endpoints] ${settings.hosts.path}: ${warning}`);
    hostsReport = report;
  }

  function onChange(served: ServedEndpoint<EndpointDoors>, from: EndpointState): void {
    const { url, state, fault } = served;
    if (state === "absent") doors.forget(url);
    const reason =
      fault ?? (state === "serving" ? `listens on ${served.opened?.listen.join(" and ")}` : "no longer wanted");
    audit("STATE", `[endpoints] ${url}: ${from} -> ${state}: ${reason}`);
    options.onChange(url, from, state, reason);
  }

  function describe(): Pick<
    EndpointsDocument,
    "startedAt" | "failing" | "sources" | "hosts" | "unreadable" | "endpoints"
  > {
    const statuses: readonly (SourceStatus & { readonly name: EndpointSource["name"] })[] = [
      ...(settings.static.length > 0 ? [{ name: "static" as const, ...fixed.status() }] : []),
      ...(ngrok === undefined ? [] : [{ name: "ngrok" as const, ...ngrok.status() }]),
    ];
    const entries = reconciler.list().map((served) => {
      const source = settings.static.some(({ address }) => address.url === served.url) ? "static" : "ngrok";
      return describeEndpoint(served, source, doors.countsOf(served.url), hostsReport);
    });
    const fault = hostsReport?.error ?? null;
    return {
      startedAt: new Date(startedAt).toISOString(),
      failing: [
        ...statuses.flatMap(({ name, ...status }) =>
          findSourceFaults(name, status, settings.ngrok?.pollMs ?? 0, now()),
        ),
        ...entries.flatMap(({ url, state, reason }) => (state === "failed" ? [`${url}: ${reason}`] : [])),
        ...(stateFault === undefined ? [] : [stateFault]),
      ],
      sources: statuses.map((status) => ({ ...status })),
      hosts: { path: hosts?.path ?? null, fault },
      unreadable: reconciler.unreadable().map(({ entry, reason }) => ({ entry, reason })),
      endpoints: entries,
    };
  }

  function openAddresses(): AddressBook {
    const book = openAddressBook({
      path: join(settings.stateFolder, "ip_mappings.json"),
      subnet: subnet(),
      isTaken: hasOwnAddress,
      now,
    });
    for (const problem of book.problems) audit("INFO", `[endpoints] ${problem}`);
    return book;
  }

  function openLocal() {
    return openLocalAddresses(subnet(), { ownInterface: settings.net.interfaceName });
  }

  function openPorts(): NetworkPorts {
    return openNetworkPorts(join(settings.stateFolder, "network_ports.json"), settings.net.startPort);
  }

  function openHosts(): HostsFile | undefined {
    if (!settings.hosts.enabled) return undefined;
    const own = subnet();
    return openHostsFile({
      path: settings.hosts.path,
      folder: settings.stateFolder,
      isOurs: (ip) => own.indexOf(ip) !== undefined,
      // That of an ngrokd which this daemon does not stand in for stays.
      takesOver: settings.ngrok !== undefined,
    });
  }

  function subnet(): Subnet {
    const parsed = parseSubnet(settings.net.subnet);
    if (parsed === undefined) throw new Failure("settings-invalid", `net.subnet: ${settings.net.subnet} is no subnet`);
    return parsed;
  }

  /** What cannot be kept on disk now, as where that is full, is kept the next time. */
  function attempt<Result>(what: string, act: () => Result): Result | undefined {
    try {
      const result = act();
      stateFault = undefined;
      return result;
    } catch (error) {
      const fault = `${what} cannot be kept in ${settings.stateFolder}: ${describeError(error)}`;
      if (fault !== stateFault) audit("ERROR", `[endpoints] ${fault}`);
      stateFault = fault;
      return undefined;
    }
  }
}
