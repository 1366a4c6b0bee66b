import * as v from "valibot";
import type { DaemonEventType } from "./event-types.ts";

const changeOfTunnel = {
  /** Config name without its suffix. */
  tunnel: v.string(),
  from: v.string(),
  to: v.string(),
  reason: v.string(),
};

/** Members of the daemon's own events, beside type and time; docs/protocols/events.md has a heading for each. */
export const DAEMON_EVENT_DATA = {
  tunnel_state: v.object(changeOfTunnel),
  tunnel_health: v.object(changeOfTunnel),
  config_changed: v.object({
    tunnel: v.string(),
    change: v.picklist(["added", "changed", "removed"]),
    /** The tunnel is up, or being brought up, with the config as it was: what is new in it waits for the next start. */
    isRunning: v.boolean(),
  }),
  endpoint_state: v.object({
    /** Its URL. */
    endpoint: v.string(),
    from: v.picklist(["absent", "serving", "failed"]),
    to: v.picklist(["absent", "serving", "failed"]),
    reason: v.string(),
  }),
  network_changed: v.object({}),
  woke_up: v.object({}),
} as const satisfies { readonly [Type in DaemonEventType]: v.GenericSchema };
