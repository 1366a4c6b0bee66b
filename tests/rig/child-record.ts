import type { ChildRecord } from "../../src/tunnels/driver/child-record.ts";

/** The record of a tunnel's process. */
export function childRecord(changes: Partial<ChildRecord>): ChildRecord {
  return {
    config: "us.conf",
    configFile: "/home/me/.argus/wireproxy_confs/us.conf",
    logFile: "/logs/1_us.log",
    pipe: "/pipes/other.pipe",
    program: "/opt/wireproxy",
    startedAt: 1,
    listeners: [],
    derivedFile: null,
    endpoints: [],
    socks: null,
    socksIsOpen: false,
    http: null,
    infoPort: null,
    carrier: null,
    ownAddress: true,
    process: null,
    ...changes,
  };
}
