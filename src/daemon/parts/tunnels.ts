import * as v from "valibot";
import type { EventBus } from "../../events/bus.ts";
import type { Audit } from "../../platform/audit.ts";
import type { Paths } from "../../platform/files/paths.ts";
import { identifyProcess, signalGroup } from "../../platform/process/process-identity.ts";
import type { ArgusSlot } from "../../tunnels/argus-slot.ts";
import { configNameOf, tunnelNameOf } from "../../tunnels/config/store/names.ts";
import type { ConfigStore } from "../../tunnels/config/store/store.ts";
import { parseProbeTarget } from "../../tunnels/health/probe-target.ts";
import type { createDrivers, Drivers } from "../../tunnels/life/drivers.ts";
import type { TunnelStatus } from "../../tunnels/life/status.ts";
import { workFor } from "../last-resort.ts";
import type { Part } from "../part.ts";
import { namedPortSchema } from "../port-schema.ts";
import type { StateFile } from "../state/state-file.ts";
import type { OpenTunnels } from "./open-tunnels.ts";

/** What the owner wants of one tunnel. */
const tunnelSchema = v.strictObject({
  /** Brought up when the daemon starts. */
  autostart: v.optional(v.boolean(), false),
  /** The port of its SOCKS5 proxy. */
  socks: v.optional(namedPortSchema),
  /** Configs that carry it in turn while its own peer is out of reach. */
  failover: v.optional(v.array(v.string()), []),
  probe: v.optional(
    v.pipe(
      v.string(),
      v.check((text) => parseProbeTarget(text) !== undefined, "not a probe: write http://host/, or host:port"),
    ),
  ),
  recover: v.optional(v.boolean(), true),
});

export type TunnelSettings = v.InferOutput<typeof tunnelSchema>;

/** What holds for a tunnel that the file does not name. */
export const DEFAULT_TUNNEL: TunnelSettings = v.parse(tunnelSchema, {});

/** By config name, with or without suffix; without it afterwards. */
export const tunnelsSection = v.pipe(
  v.record(v.string(), tunnelSchema),
  v.transform((tunnels) =>
    Object.fromEntries(Object.entries(tunnels).map(([name, tunnel]) => [tunnelNameOf(name), tunnel])),
  ),
);

/** Who may reach the listeners of tunnels. */
export const listenSection = v.strictObject({
  /** Other machines, also without a password: a container has no loopback that others share. */
  beyond_loopback: v.optional(v.boolean(), false),
});

/** Ports for tunnels whose config's own is taken. */
export const socksSection = v.pipe(
  v.strictObject({ from: v.optional(namedPortSchema, 25_345), to: v.optional(namedPortSchema, 25_599) }),
  v.check(({ from, to }) => from <= to, "from is greater than to"),
);

interface TunnelsPartOptions
  extends Pick<
    Parameters<typeof createDrivers>[0],
    "program" | "versions" | "usesInfoPort" | "environment" | "mayBeOpen" | "range" | "onQuiet"
  > {
  readonly paths: Paths;
  readonly settings: Readonly<Record<string, TunnelSettings>>;
  readonly state: StateFile;
  readonly bus: EventBus;
  readonly audit: Audit;
  readonly now: () => number;
  /** A tunnel was looked at. */
  readonly onLook: () => void;
}

/** The tunnels of this daemon, from when it has taken them over until it lets them go. */
export function createTunnelsPart(options: TunnelsPartOptions) {
  const { paths, settings, state, audit } = options;
  let opened = Promise.withResolvers<OpenTunnels>();
  /** While a successor takes over: the slot as it was left, for those who only ask. */
  let frozen: ArgusSlot | undefined;
  let drivers: Drivers | undefined;
  let store: ConfigStore | undefined;
  const load = () =>
    Promise.all([
      import("./open-tunnels.ts"),
      import("../../tunnels/life/drivers.ts"),
      import("../../tunnels/config/store/store.ts"),
    ]);

  return {
    name: "tunnels",
    // The daemon before may have children on record, and clients wait while they are adopted.
    load: () => Promise.all([load(), import("../../tunnels/wireproxy/driver.ts")]),
    open,
    async freeze() {
      const former = await opened.promise;
      const last = await former.slot.status();
      opened = Promise.withResolvers();
      frozen = { ...former.slot, status: async () => last && describeLeft(last) };
      await former.release();
    },
    async resume() {
      await open();
      frozen = undefined;
    },
    async stop() {
      await (await opened.promise).stop();
    },
    /** Resolves once it is known what a former daemon left running. */
    opened: () => opened.promise,
    /** As `opened`; what it tells holds while a successor takes the tunnels over, too. */
    slot: async () => frozen ?? (await opened.promise).slot,
    configs,
    /** Kills every child that is still the process on record, without waiting: a number alone may be another's by now. */
    kill(): void {
      for (const { process } of state.children.list()) if (process !== null) signalGroup(process, "SIGKILL");
    },
  } satisfies Part & Record<string, unknown>;

  async function open(): Promise<void> {
    const [{ openTunnels }, { createDrivers }] = await load();
    const found = await configs();
    drivers ??= createDrivers({
      ...options,
      configs: found,
      register: state.children,
      workFor,
      noteStart: state.noteStart,
      isReserved: (port, owner) =>
        isReservedPort(settings, port, owner) ||
        state.wanted.list().some(({ socksPort, config }) => socksPort === port && config !== owner),
    });
    const opening = openTunnels({
      ...options,
      drivers,
      settingsOf: (name) => settings[name] ?? DEFAULT_TUNNEL,
      autostart: Object.keys(settings).filter((name) => settings[name]?.autostart),
      findConfig: found.nameOf,
      configFolder: paths.configs,
    });
    opened.resolve(opening);
    // Not `opening`: where it fails and nobody else waits for `opened`, that would be a rejection that nobody has handled.
    await opened.promise;
  }

  async function configs(): Promise<ConfigStore> {
    const [, , { createConfigStore }] = await load();
    store ??= createConfigStore(paths.configs, (name, why) =>
      audit("ERROR", `config ${JSON.stringify(name)} is not listed: ${why}`),
    );
    return store;
  }
}

/** How a tunnel fares that was left to a successor: one that has ended meanwhile, or ends with us, is not up. */
function describeLeft(status: TunnelStatus): TunnelStatus {
  if (status.pid === null) return status;
  const goesOn = status.pid !== process.pid && identifyProcess(status.pid) !== undefined;
  return goesOn ? status : { ...status, state: "recovering" };
}

/** Whether the settings set a port aside for another tunnel than that of the config `owner`, which has its suffix. */
export function isReservedPort(
  settings: Readonly<Record<string, TunnelSettings>>,
  port: number,
  owner: string,
): boolean {
  return Object.entries(settings).some(([name, { socks }]) => socks === port && configNameOf(name) !== owner);
}
