import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { temporaryFolder } from "../../rig/temporary-folder.ts";
import { until } from "../../rig/until.ts";
import { CONTRACT, makeDatabase } from "../../viewer/fixture-database.ts";
import type { StreamStub } from "./stream-stub.ts";
import { openViewerTerminal } from "./viewer-terminal.ts";

export const ENTRY = join(import.meta.dir, "../../../src/main.ts");

/** A home with account 7001 in its database. */
export function makeHome() {
  const folder = temporaryFolder();
  const database = join(folder.path, "wpdaemon", "wpdaemon.db");
  mkdirSync(join(folder.path, "wpdaemon"));
  makeDatabase(database, Date.now());
  return {
    path: folder.path,
    hash: () => Bun.hash(readFileSync(database)),
    clock: join(folder.path, "wpdaemon", "trader-7001.json"),
    [Symbol.dispose]: () => folder[Symbol.dispose](),
  };
}

export function openTrader(home: { readonly path: string }, url: string) {
  return openViewerTerminal([
    process.execPath,
    ENTRY,
    ...["trader", "--account-id", "7001", "--url", url, "--home", home.path],
  ]);
}

export async function isConnected(stub: StreamStub): Promise<void> {
  await until("the viewer is connected", () => stub.listeners > 0);
}

export const quote = (last: number) => ({
  type: "MarketQuote",
  account_id: 7_001,
  data: { contractId: CONTRACT, bid: last, ask: last, last, timestamp: new Date().toISOString() },
});

export const lockout = (reason: string) => ({
  type: "lockout_set",
  account_id: 7_001,
  data: { reason, locked_until: null, rule_id: "RULE-007", locked_at: new Date().toISOString() },
});
