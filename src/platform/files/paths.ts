import { join } from "node:path";

/** Where everything lies, below one folder. */
export interface Paths {
  readonly home: string;
  /** The program that we supervise, where Argus and its predecessors put it. */
  readonly program: string;
  readonly configs: string;
  /** One log per run of a tunnel, and the audit log. */
  readonly logs: string;
  readonly auditLog: string;
  /** What is ours alone. */
  readonly own: string;
  readonly settings: string;
  readonly state: string;
  readonly lock: string;
  /** Unix socket of the control API. */
  readonly control: string;
  readonly log: string;
  /** The database of events and of the last known state. */
  readonly database: string;
  /** One named pipe per child, by which any later daemon learns of the child's death. */
  readonly pipes: string;
  /** Configs that differ from the owner's in their ports, or in what carries them, while a process reads them. */
  readonly derived: string;
}

/** The paths of an installation at `home`, an absolute folder such as `/home/me/.argus`. */
export function pathsBelow(home: string): Paths {
  const own = join(home, "wpdaemon");
  const logs = join(home, "wp-server-logs");
  return {
    home,
    program: join(home, "wireproxy", "wireproxy"),
    configs: join(home, "wireproxy_confs"),
    logs,
    auditLog: join(logs, "audit.log"),
    own,
    settings: join(own, "config.yaml"),
    state: join(own, "state.json"),
    lock: join(own, "lock"),
    control: join(own, "control.sock"),
    log: join(own, "daemon.log"),
    database: join(own, "wpdaemon.db"),
    pipes: join(own, "pipes"),
    derived: join(own, "derived"),
  };
}
