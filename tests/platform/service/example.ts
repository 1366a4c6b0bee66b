import type { Service } from "../../../src/platform/service/service.ts";

/** A service of the user `me`, unless told otherwise. */
export function exampleService(differences: Partial<Service> = {}): Service {
  return {
    command: ["/opt/wpdaemon", "--daemon", "--home", "/home/me/.argus"],
    home: "/home/me/.argus",
    account: undefined,
    log: "/home/me/.argus/wpdaemon/daemon.log",
    environment: { BUN_ONE: "1", BUN_TWO: "0.5" },
    hasEndpoints: false,
    ...differences,
  };
}
