import { existsSync } from "node:fs";
import { type LinksocksCommand, startCommand } from "./linksocks-command.ts";
import type { LinksocksProgram } from "./linksocks-peer.ts";
import { startWheel } from "./linksocks-wheel.ts";

/** The Go programs to test with: the core of two wheels always, a `linksocks` of the machine's own where there is one. */
export function goPeers(): readonly LinksocksProgram[] {
  const wheels = ["1.8.9", "1.10.0"].map((version) => ({
    name: `Go ${version}`,
    start: (role, options = {}) => startWheel(version, role, options),
  })) satisfies LinksocksProgram[];
  const native = findNativeLinksocks();
  if (native === undefined) return wheels;
  const command: LinksocksCommand = {
    program: [native],
    moreWords: (role) => (role === "server" ? [] : ["--direct-mode", "relay-only"]),
    accepted: /Authentication successful/,
    registered: /Connector token added successfully/,
  };
  return [...wheels, { name: "native Go", start: (role, options = {}) => startCommand(command, role, options) }];
}

/** The machine's own LinkSocks, as `WPDAEMON_LINKSOCKS` or PATH name it. */
export function findNativeLinksocks(): string | undefined {
  const path = process.env["WPDAEMON_LINKSOCKS"] ?? Bun.which("linksocks");
  return path !== null && existsSync(path) ? path : undefined;
}
