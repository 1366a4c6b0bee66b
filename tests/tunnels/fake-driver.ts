import { Failure } from "../../src/platform/failure.ts";
import type {
  ChildRecord,
  ChildRegister,
  Standing,
  WantedRegister,
  WantedTunnel,
} from "../../src/tunnels/driver/child-record.ts";
import type { Ending, LaunchRequest, RunningTunnel } from "../../src/tunnels/driver/driver.ts";
import type { Vitals } from "../../src/tunnels/driver/vitals.ts";
import type { Drivers } from "../../src/tunnels/life/drivers.ts";
import { childRecord } from "../rig/child-record.ts";

/** When every fake process was started, and what a fake clock says until a test moves it. */
export const FAKE_TIME = 1_767_225_600_000;

/** A child of the test's own. */
export interface FakeTunnel extends RunningTunnel {
  /** What each call of `stop` so far was told the log shall say. */
  readonly stops: readonly (Ending | undefined)[];
  readonly isReleased: boolean;
  /** What `stop` does from now on; by default the child ends politely. */
  stopWith(behaviour: () => Promise<void>): void;
  /** What `observe` gives from now on; by default nothing is known. */
  observeWith(look: () => Promise<Vitals>): void;
  /** Something has happened that should be looked at. */
  tellNews(): void;
  becomeReady(): void;
  /** It ends, and everyone is told. */
  end(ending: Ending, why?: Failure): void;
  /** It is dead, and nobody has been told yet. */
  vanish(): void;
}

type FakeFacts = Partial<
  Pick<
    RunningTunnel,
    "logFile" | "socks" | "http" | "openSocks" | "ownAddress" | "carrier" | "startedAt" | "reconnects"
  >
>;

export interface FakeTraits extends FakeFacts {
  /** Its peer has answered. */
  readonly proven?: boolean;
  /** Its peer's name stands for another address by now. */
  readonly moved?: boolean;
}

export function createFakeTunnel(pid = 4_242, traits: FakeTraits = {}): FakeTunnel {
  const ready = Promise.withResolvers<void>();
  const ended = Promise.withResolvers<Ending>();
  const { proven = false, moved = false, ...facts } = traits;
  const stops: (Ending | undefined)[] = [];
  let isAlive = true;
  let tellNews = () => {};
  let isReleased = false;
  let why: Failure | undefined;
  let behaviour = async () => end("graceful");
  let look = async (): Promise<Vitals> => ({ signs: [], counters: null });

  return {
    pid,
    logFile: `/logs/${pid}_us.log`,
    socks: "127.0.0.1:25344",
    http: null,
    openSocks: "127.0.0.1:25344",
    ownAddress: true,
    carrier: null,
    startedAt: FAKE_TIME,
    reconnects: false,
    ...facts,
    ready: ready.promise,
    ended: ended.promise,
    whyEnded: () => why,
    isAlive: () => isAlive,
    observe: () => look(),
    isProven: () => proven,
    hasMoved: async () => moved,
    provoke: async () => true,
    retryNow: () => undefined,
    onNews(listener) {
      tellNews = listener;
    },
    tellNews: () => tellNews(),
    stops,
    get isReleased() {
      return isReleased;
    },
    stop(ending) {
      stops.push(ending);
      return behaviour();
    },
    async release() {
      isReleased = true;
    },
    stopWith(next) {
      behaviour = next;
    },
    observeWith(next) {
      look = next;
    },
    becomeReady: ready.resolve,
    end,
    vanish() {
      isAlive = false;
    },
  };

  function end(ending: Ending, reason?: Failure): void {
    isAlive = false;
    why = reason;
    ended.resolve(ending);
  }
}

/** One call of `launch`, for the test to bring to its end. */
export interface FakeLaunch extends LaunchRequest {
  /** The child exists. */
  succeed(running?: FakeTunnel): FakeTunnel;
  fail(error: Error): void;
}

export interface FakeDrivers extends Drivers {
  readonly launches: readonly FakeLaunch[];
  /** The configs of the calls of `releasePorts`. */
  readonly released: readonly string[];
  /** Configs at whose address a stranger listens. */
  readonly strangers: Set<string>;
  /** Configs of tunnels that end with the daemon. */
  readonly embedded: Set<string>;
  /** The last launch, which must exist. */
  launched(): FakeLaunch;
  /** What `adopt` finds alive, by log. */
  readonly survivors: Map<string, { readonly running: FakeTunnel; readonly verified: boolean }>;
}

export function createFakeDrivers(): FakeDrivers {
  const launches: FakeLaunch[] = [];
  const released: string[] = [];
  const embedded = new Set<string>();
  const strangers = new Set<string>();
  const survivors: FakeDrivers["survivors"] = new Map();
  return {
    launches,
    released,
    embedded,
    strangers,
    survivors,
    launched() {
      const last = launches.at(-1);
      if (last === undefined) throw new Error("nothing was launched");
      return last;
    },
    launch(request) {
      const { promise, resolve, reject } = Promise.withResolvers<RunningTunnel>();
      launches.push({
        ...request,
        succeed(running = createFakeTunnel()) {
          resolve(running);
          return running;
        },
        fail: reject,
      });
      return promise;
    },
    async checkOwnAddresses(config) {
      if (strangers.has(config)) throw new Failure("address-in-use", `the address of ${config} is taken`);
    },
    adopt: async (record) => survivors.get(record.logFile),
    releasePorts: (config) => void released.push(config),
    endsWithDaemon: (config) => embedded.has(config),
  };
}

/** A register that forgets everything with the test. */
export function createFakeRegister(records: readonly ChildRecord[] = []): ChildRegister {
  let children = [...records];
  return {
    list: () => children,
    put(record) {
      children = [...children.filter((child) => child.logFile !== record.logFile), record];
    },
    remove(logFile) {
      children = children.filter((child) => child.logFile !== logFile);
    },
  };
}

/** As `createFakeRegister`, of the tunnels that are meant to be up. */
export function createFakeWanted(tunnels: readonly WantedTunnel[] = []): WantedRegister {
  let wanted = [...tunnels];
  const standings = new Map<string, Standing>();
  return {
    list: () => wanted,
    standing: (config) => standings.get(config),
    putStanding: (standing) => void standings.set(standing.config, standing),
    put(tunnel) {
      wanted = [...wanted.filter(({ config }) => config !== tunnel.config), tunnel];
    },
    remove(config) {
      wanted = wanted.filter((tunnel) => tunnel.config !== config);
      standings.delete(config);
    },
  };
}

export function createRecord(config: string, pid = 4_242): ChildRecord {
  return childRecord({
    config,
    configFile: `/confs/${config}`,
    logFile: `/logs/${pid}_us.log`,
    pipe: `/pipes/${pid}.pipe`,
    program: "/bin/wireproxy",
    startedAt: FAKE_TIME,
    listeners: [{ transport: "tcp", host: "127.0.0.1", port: 25_344 }],
    endpoints: ["192.0.2.1"],
    socks: "127.0.0.1:25344",
    socksIsOpen: true,
    process: { pid, startTime: "boot:1", executable: "/bin/wireproxy" },
  });
}
