// What happens in the daemon, told to whoever listens. Those who cause an event never know their listeners; those who
// listen each write their own form of it (the audit log, the control socket's stream). Nothing here knows a door.

/** Something that happened. Times are milliseconds since the epoch. */
export type DaemonEvent =
  | {
      readonly type: "tunnel_state";
      readonly at: number;
      /** Config name without its suffix. */
      readonly tunnel: string;
      readonly from: string;
      readonly to: string;
      readonly reason: string;
    }
  | {
      readonly type: "tunnel_health";
      readonly at: number;
      readonly tunnel: string;
      readonly from: string;
      readonly to: string;
      readonly reason: string;
    }
  | {
      readonly type: "config_changed";
      readonly at: number;
      readonly tunnel: string;
      readonly change: "added" | "changed" | "removed";
      /** The tunnel is up, or being brought up, with the config as it was: what is new in it waits for the next start. */
      readonly isRunning: boolean;
    }
  | { readonly type: "network_changed" | "woke_up"; readonly at: number };

export interface EventBus {
  /** Tells every listener, in the order in which they came. One that throws does not keep it from the others. */
  emit(event: DaemonEvent): void;
  /** @returns a function that ends the subscription. */
  subscribe(listener: (event: DaemonEvent) => void): () => void;
}

export function createEventBus(): EventBus {
  const listeners = new Set<(event: DaemonEvent) => void>();
  return {
    emit(event) {
      for (const listener of [...listeners]) {
        try {
          listener(event);
        } catch {
          // A listener's fault is its own; the cause of the event must go on.
        }
      }
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
