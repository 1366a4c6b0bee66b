import type * as v from "valibot";
import { noteFault } from "../platform/containment.ts";
import type { DAEMON_EVENT_DATA } from "./daemon-events.ts";

/** Something that happened to the daemon or its tunnels. `at` is in milliseconds since the epoch. */
export type DaemonEvent = {
  [Type in keyof typeof DAEMON_EVENT_DATA]: { readonly type: Type; readonly at: number } & Readonly<
    v.InferOutput<(typeof DAEMON_EVENT_DATA)[Type]>
  >;
}[keyof typeof DAEMON_EVENT_DATA];

export type EventBus = ReturnType<typeof createEventBus>;

/**
 * Carries what happens in the daemon to whoever listens. Those who cause an event do not know their listeners; each
 * listener writes its own form of it.
 */
export function createEventBus() {
  const listeners = new Set<(event: DaemonEvent) => void>();
  return {
    /** Tells every listener, in the order in which they came. One that throws does not keep it from the others. */
    emit(event: DaemonEvent): void {
      for (const listener of [...listeners]) {
        try {
          listener(event);
        } catch (error) {
          // A listener's fault is its own; the cause of the event must go on.
          noteFault("events", error);
        }
      }
    },
    /** @returns a function that ends the subscription. */
    subscribe(listener: (event: DaemonEvent) => void): () => void {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
