import { describe, expect, test } from "bun:test";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Failure } from "../../../src/platform/failure.ts";
import { identifyProcess } from "../../../src/platform/process/process-identity.ts";
import type { ChildRecord } from "../../../src/tunnels/driver/child-record.ts";
import type { LaunchRequest, Placement } from "../../../src/tunnels/driver/driver.ts";
import { createWireproxyDriver } from "../../../src/tunnels/wireproxy/driver.ts";
import { freePort, listenOn } from "../../rig/free-port.ts";
import { rejectionOf } from "../../rig/rejection.ts";
import { accepts } from "../../rig/socks.ts";
import { createDriverRig, launchRequest } from "../driver-rig.ts";
import { sampleConfig } from "./config/sample-config.ts";

/** Listens wherever its config says. */
const LISTENER = `#!${process.execPath}
const text = await Bun.file(process.argv[3]).text();
for (const [, port] of text.matchAll(/^BindAddress = 127.0.0.1:(\\d+)$/gm)) {
  Bun.listen({ hostname: "127.0.0.1", port: Number(port), socket: { data() {} } });
}
`;

describe("a launch", () => {
  test("a launch at home runs the config as it is, and puts on record what the next daemon has to know", async () => {
    using rig = create();
    const running = await rig.launch({ kind: "own" });
    await running.ready;
    expect(running).toMatchObject({ socks: `127.0.0.1:${rig.port}`, ownAddress: true, carrier: null });
    const [record] = rig.register.list();
    expect(record).toMatchObject({
      config: "us.conf",
      configFile: join(rig.paths.configs, "us.conf"),
      derivedFile: null,
      endpoints: ["192.0.2.1"],
      socks: `127.0.0.1:${rig.port}`,
      socksIsOpen: true,
      ownAddress: true,
    });
    expect(record?.process?.pid).toBe(running.pid);
    expect(rig.entries).toContain(`ACTION us.conf: started process ${running.pid}, log ${running.logFile}`);
    await running.stop();
  });

  test("a launch beside others runs a derived config on another port, and leaves no copy of the key", async () => {
    using rig = create();
    using _ = listenOn(rig.port);
    const running = await rig.launch({ kind: "any" });
    await running.ready;
    expect(running).toMatchObject({ socks: `127.0.0.1:${rig.range}`, ownAddress: false });
    expect(readdirSync(rig.paths.derived)).toEqual([]);
    await running.stop();
  });

  test("a launch of the same config again finds its port free, as soon as the former process has ended", async () => {
    using rig = create();
    for (let run = 0; run < 2; run++) {
      const running = await rig.launch({ kind: "own" });
      await running.ready;
      await running.stop();
    }
    expect(rig.register.list()).toEqual([]);
  });

  test.each([
    ["wireproxy, version 1.1.3", true],
    ["wireproxy, version v1.0.9", true],
    ["wireproxy, version 1.0.8", false],
    ["wireproxy, version 2.0.0", true],
    ["unknown", false],
  ])("%s is asked for its counters: %p", async (version, isAsked) => {
    using rig = create({ version });
    const running = await rig.launch({ kind: "own" });
    expect(rig.register.list()[0]?.infoPort !== null).toBe(isAsked);
    await running.stop();
  });

  test("a launch that fails leaves no copy of the key, and keeps its addresses from others until the tunnel rests", async () => {
    using rig = create({ program: () => fail("program-missing", "no wireproxy") });
    using _ = listenOn(rig.port);
    expect((await rejectionOf(rig.launch({ kind: "any" }))).code).toBe("program-missing");
    expect(existsSync(rig.paths.derived) ? readdirSync(rig.paths.derived) : []).toEqual([]);
    rig.write("eu.conf");
    const other = () => rejectionOf(rig.launch({ kind: "any" }, { config: "eu.conf" }));
    expect((await other()).message).toBe(`no port from ${rig.range} to ${rig.range} is free`);
    rig.claims.release("us.conf");
    expect((await other()).code).toBe("program-missing");
  });

  test("a launch of a program that the system will not run leaves no copy of the key", async () => {
    using rig = create({ source: "#!/missing/interpreter\n" });
    using _ = listenOn(rig.port);
    expect((await rejectionOf(rig.launch({ kind: "any" }))).code).toBe("start-failed");
    expect([readdirSync(rig.paths.derived), rig.register.list()]).toEqual([[], []]);
  });

  test("a launch that was cancelled meanwhile starts nothing", async () => {
    using rig = create();
    const failure = await rejectionOf(rig.launch({ kind: "own" }, { signal: AbortSignal.abort() }));
    expect([failure.code, rig.register.list()]).toEqual(["start-failed", []]);
    const running = await rig.launch({ kind: "own" });
    await running.stop();
  });
});

describe("the HTTP port of a tunnel", () => {
  test("the HTTP port of a tunnel is one of 10344 to 10599 that nobody has, is on record, and closes with the tunnel", async () => {
    using rig = create();
    const running = await rig.launch({ kind: "own" });
    const port = Number(/^127\.0\.0\.1:(10[345]\d\d)$/.exec(running.http ?? "")?.[1]);
    expect([await accepts(port), rig.onlyRecord().http]).toEqual([true, running.http]);
    await running.stop();
    expect(await accepts(port)).toBe(false);
  });

  test("the HTTP port of a tunnel is opened again by the daemon that adopts its child, and given back by the one before", async () => {
    using rig = create();
    const running = await rig.launch({ kind: "own" });
    await running.ready;
    await running.release();
    expect(await accepts(Number(running.http?.split(":")[1]))).toBe(false);
    const adopted = await rig.createDriver().adopt(rig.onlyRecord());
    expect(adopted?.running.http).toBe(running.http);
    expect(await accepts(Number(running.http?.split(":")[1]))).toBe(true);
    await adopted?.running.stop();
  });

  test("the HTTP port of a tunnel is the child's own where the config has one", async () => {
    using rig = create();
    const own = freePort();
    const rest = `[Socks5]\nBindAddress = 127.0.0.1:${rig.port}\n[http]\nBindAddress = 127.0.0.1:${own}`;
    writeFileSync(join(rig.paths.configs, "us.conf"), sampleConfig({ rest }), { mode: 0o600 });
    const running = await rig.launch({ kind: "own" });
    expect(running.http).toBe(`127.0.0.1:${own}`);
    await running.stop();
  });
});

describe("an adoption", () => {
  test("an adoption of a record that leads to files of others touches none of them", async () => {
    using rig = create();
    const running = await rig.launch({ kind: "own" });
    await running.ready;
    const record = rig.onlyRecord();
    await running.stop();
    const foreign = join(rig.paths.home, "foreign");
    for (const member of ["logFile", "pipe", "derivedFile"]) {
      writeFileSync(foreign, "untouched");
      rig.register.put({ ...record, process: null, [member]: foreign });
      expect(await rig.createDriver().adopt({ ...record, process: null, [member]: foreign })).toBeUndefined();
      expect(readFileSync(foreign, "utf8")).toBe("untouched");
    }
  });

  test("an adoption of a stranger whose number stands in a record leaves it alone", async () => {
    using rig = create();
    const running = await rig.launch({ kind: "own" });
    await running.ready;
    const record = rig.onlyRecord();
    await running.stop();
    const stranger = Bun.spawn(["sleep", "60"]);
    const identity = identifyProcess(stranger.pid);
    if (identity === undefined) throw new Error("the process has no identity");
    expect(await rig.createDriver().adopt({ ...record, process: identity })).toBeUndefined();
    expect(stranger.exitCode).toBeNull();
    stranger.kill();
    await stranger.exited;
  });

  test("an adoption of what lives and listens is verified", async () => {
    using rig = create();
    const running = await rig.launch({ kind: "own" });
    await running.ready;
    running.release();
    const adopted = await rig.createDriver().adopt(rig.onlyRecord());
    expect([adopted?.verified, adopted?.running.pid, adopted?.running.socks]).toEqual([
      true,
      running.pid,
      running.socks,
    ]);
    await adopted?.running.stop();
    expect(rig.register.list()).toEqual([]);
  });

  test("an adoption of what lives and does not listen is not", async () => {
    using rig = create({ source: "#!/bin/sh\nexec sleep 60\n" });
    const running = await rig.launch({ kind: "own" });
    running.release();
    const adopted = await rig.createDriver().adopt(rig.onlyRecord());
    expect([adopted?.verified, adopted?.running.pid]).toEqual([false, running.pid]);
    await adopted?.running.stop();
  });

  test("an adoption of what was spawned in the moment when its daemon died finds it by its pipe, and completes the record", async () => {
    using rig = create();
    const running = await rig.launch({ kind: "own" });
    await running.ready;
    running.release();
    const complete = rig.onlyRecord();
    rig.register.put({ ...complete, process: null });
    const adopted = await rig.createDriver().adopt(rig.onlyRecord());
    expect([adopted?.running.pid, rig.onlyRecord()]).toEqual([running.pid, complete]);
    await adopted?.running.stop();
  });

  test("an adoption of what has ended closes its log, takes it off the record and leaves no copy of the key", async () => {
    using rig = create();
    const running = await rig.launch({ kind: "own" });
    await running.ready;
    const derivedFile = join(rig.paths.derived, "derived.conf");
    const record = { ...rig.onlyRecord(), derivedFile };
    await running.stop();
    mkdirSync(rig.paths.derived, { recursive: true });
    writeFileSync(derivedFile, "");
    writeFileSync(record.logFile, "");
    writeFileSync(record.pipe, "");
    rig.register.put(record);
    expect(await rig.createDriver().adopt(record)).toBeUndefined();
    expect(readFileSync(record.logFile, "utf8")).toContain("Shutdown Method: Process died unexpectedly");
    expect([rig.register.list(), existsSync(record.pipe), existsSync(derivedFile)]).toEqual([[], false, false]);
  });
});

interface Options {
  readonly source?: string;
  readonly version?: string;
  readonly program?: () => string;
}

function create({ source = LISTENER, version = "wireproxy, version 1.1.3", program }: Options = {}) {
  const rig = createDriverRig();
  const { parts, paths } = rig;
  const port = freePort();
  const executable = join(paths.home, "program.js");
  writeFileSync(executable, source, { mode: 0o755 });
  const write = (name: string) => rig.write(name, sampleConfig({ rest: `[Socks5]\nBindAddress = 127.0.0.1:${port}` }));
  write("us.conf");
  function createDriver() {
    const current = program ?? (() => executable);
    return createWireproxyDriver({ ...parts, program: { current }, versions: async () => version, usesInfoPort: true });
  }
  const driver = createDriver();
  return {
    ...rig,
    port,
    register: parts.register,
    claims: parts.claims,
    write,
    createDriver,
    driver,
    launch: (placement: Placement, rest: Partial<LaunchRequest> = {}) =>
      driver.launch(launchRequest({ placement, ...rest })),
    onlyRecord(): ChildRecord {
      const [record] = parts.register.list();
      if (record === undefined) throw new Error("nothing is on record");
      return record;
    },
  };
}

function fail(...details: ConstructorParameters<typeof Failure>): never {
  throw new Failure(...details);
}
