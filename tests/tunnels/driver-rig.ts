import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathsBelow } from "../../src/platform/files/paths.ts";
import { createConfigStore } from "../../src/tunnels/config/store/store.ts";
import type { ChildRecord } from "../../src/tunnels/driver/child-record.ts";
import type { DriverParts, LaunchRequest } from "../../src/tunnels/driver/driver.ts";
import { createPortClaims } from "../../src/tunnels/driver/port-claims.ts";
import { freePort } from "../rig/free-port.ts";
import { temporaryFolder } from "../rig/temporary-folder.ts";
import { createFakeRegister, FAKE_TIME } from "./fake-driver.ts";

/** An installation in a temporary folder, and what every driver needs of it; its range is one free port. */
export function createDriverRig(records: readonly ChildRecord[] = []) {
  const folder = temporaryFolder();
  const paths = pathsBelow(folder.path);
  for (const path of [paths.configs, paths.own]) mkdirSync(path, { recursive: true });
  const range = freePort();
  const entries: string[] = [];
  const parts = {
    paths,
    configs: createConfigStore(paths.configs),
    environment: {},
    register: createFakeRegister(records),
    range: { from: range, to: range },
    claims: createPortClaims(() => false),
    logsInUse: new Set<string>(),
    audit: (category, message) => void entries.push(`${category} ${message}`),
    now: () => FAKE_TIME,
    onQuiet: () => undefined,
  } satisfies DriverParts;
  return {
    parts,
    paths,
    range,
    entries,
    write: (name: string, text: string) => writeFileSync(join(paths.configs, name), text, { mode: 0o600 }),
    [Symbol.dispose]: () => folder[Symbol.dispose](),
  };
}

/** A request to launch `us.conf` where its config says, unless told otherwise. */
export function launchRequest(wanted: Partial<LaunchRequest> = {}): LaunchRequest {
  return {
    config: "us.conf",
    placement: { kind: "own" },
    carrier: null,
    signal: new AbortController().signal,
    ...wanted,
  };
}
