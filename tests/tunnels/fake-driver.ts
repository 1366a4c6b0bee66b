import type { ChildRecord, ChildRegister } from "../../src/tunnels/child-record.ts";
import type { Ending, TunnelDriver, Way } from "../../src/tunnels/driver.ts";

/** A child of the test's own. */
export interface FakeWay extends Way {
  /** Calls of `stop` so far. */
  readonly stops: number;
  /** What `stop` does from now on; by default the child ends politely. */
  stopWith(behaviour: () => Promise<void>): void;
  becomeReady(): void;
  /** It ends, and everyone is told. */
  end(ending: Ending): void;
  /** It is dead, and nobody has been told yet. */
  vanish(): void;
}

export function createFakeWay(pid = 4_242, logFile = `/logs/${pid}_us.log`): FakeWay {
  const ready = Promise.withResolvers<void>();
  const ended = Promise.withResolvers<Ending>();
  let isAlive = true;
  let stops = 0;
  let behaviour = async () => end("graceful");

  return {
    pid,
    logFile,
    listeners: [],
    startedAt: 1_767_225_600_000,
    ready: ready.promise,
    ended: ended.promise,
    isAlive: () => isAlive,
    get stops() {
      return stops;
    },
    stop() {
      stops += 1;
      return behaviour();
    },
    stopWith(next) {
      behaviour = next;
    },
    becomeReady: ready.resolve,
    end,
    vanish() {
      isAlive = false;
    },
  };

  function end(ending: Ending): void {
    isAlive = false;
    ended.resolve(ending);
  }
}

/** One call of `launch`, for the test to bring to its end. */
export interface FakeLaunch {
  readonly config: string;
  readonly signal: AbortSignal;
  /** The child exists. */
  succeed(way?: FakeWay): FakeWay;
  fail(error: Error): void;
}

export interface FakeDriver extends TunnelDriver {
  readonly launches: readonly FakeLaunch[];
  /** The last launch, which must exist. */
  launched(): FakeLaunch;
  /** What `adopt` finds alive, by log. */
  readonly survivors: Map<string, { readonly way: FakeWay; readonly verified: boolean }>;
}

export function createFakeDriver(): FakeDriver {
  const launches: FakeLaunch[] = [];
  const survivors: FakeDriver["survivors"] = new Map();
  return {
    launches,
    survivors,
    launched() {
      const last = launches.at(-1);
      if (last === undefined) throw new Error("nothing was launched");
      return last;
    },
    launch(config, signal) {
      const { promise, resolve, reject } = Promise.withResolvers<Way>();
      launches.push({
        config,
        signal,
        succeed(way = createFakeWay()) {
          resolve(way);
          return way;
        },
        fail: reject,
      });
      return promise;
    },
    adopt: async (record) => survivors.get(record.logFile),
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

export function createRecord(config: string, pid = 4_242): ChildRecord {
  return {
    config,
    configFile: `/confs/${config}`,
    logFile: `/logs/${pid}_us.log`,
    pipe: `/pipes/${pid}.pipe`,
    program: "/bin/wireproxy",
    startedAt: 1_767_225_600_000,
    listeners: [{ transport: "tcp", host: "127.0.0.1", port: 25_344 }],
    process: { pid, startTime: "boot:1", executable: "/bin/wireproxy" },
  };
}
