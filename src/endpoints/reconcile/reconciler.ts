import { letGo } from "../../platform/containment.ts";
import { describeError } from "../../platform/failure.ts";
import { startTimer } from "../../platform/timers.ts";
import { pause } from "../../platform/waiting.ts";
import type { DesiredEndpoint, EndpointSource, Listing } from "../endpoint.ts";
import { noteListing, planChanges, type WantedEndpoints } from "./plan.ts";

/** For what could not be opened, as where all addresses are taken, in milliseconds. */
const RETRY_MS = 30_000;

/** Endpoints that are opened in one turn of the loop. */
const AT_ONCE = 50;

/** What is open for an endpoint. */
export interface Opened {
  /** Its own local address. */
  readonly ip: string;
  /** Why it does not listen; undefined where it does. */
  fault(): string | undefined;
  /** Lets nobody in any more; who is in stays. */
  stop(): void;
}

/** `failed`: it is wanted, and cannot be reached; it is tried again. */
export type EndpointState = "absent" | "serving" | "failed";

/** An endpoint that is wanted, whether or not it can be reached. */
export interface ServedEndpoint<Doors extends Opened> {
  readonly url: string;
  /** As its source has it now. */
  endpoint: DesiredEndpoint;
  opened: Doors | undefined;
  state: EndpointState;
  /** Why it cannot be reached. */
  fault: string | undefined;
  /** Since when it is in its state, in milliseconds since the epoch. */
  since: number;
}

interface ReconcilerParts<Doors extends Opened> {
  /**
   * Opens what listens for an endpoint; `changed` is to be called when its fault comes or goes.
   * @throws why it cannot; it is then asked again.
   */
  readonly open: (served: ServedEndpoint<Doors>, changed: () => void) => Doors;
  /** Makes the names known that are open, each with its address; called whenever something may have changed. */
  readonly publish: (names: ReadonlyMap<string, string>) => Promise<void> | void;
  readonly onChange: (served: ServedEndpoint<Doors>, from: EndpointState) => void;
  readonly now: () => number;
}

/**
 * Makes what listens like what the sources want. One change is carried out after the other, and an endpoint that cannot
 * be opened keeps no other from it. The first of the sources has a URL that several want.
 */
export function createReconciler<Doors extends Opened>(
  sources: readonly EndpointSource["name"][],
  { open, publish, onChange, now }: ReconcilerParts<Doors>,
) {
  const wanted = new Map<EndpointSource["name"], WantedEndpoints>(sources.map((source) => [source, new Map()]));
  const unreadable = new Map<EndpointSource["name"], Listing["unreadable"]>();
  const served = new Map<string, ServedEndpoint<Doors>>();
  let queue: Promise<void> = Promise.resolve();
  let retry: ReturnType<typeof setTimeout> | undefined;
  let isPaused = false;

  return {
    /** Carries a listing out; resolves once that is done. */
    apply(source: EndpointSource["name"], listing: Listing): Promise<void> {
      return enqueue(async () => {
        unreadable.set(source, listing.unreadable);
        wanted.set(source, noteListing(wanted.get(source) ?? new Map(), listing.endpoints, source));
        await reconcile();
      });
    },
    /** Opens those endpoints anew that `concerns` names, as after a change of settings. */
    reopen(concerns: (served: ServedEndpoint<Doors>) => boolean): Promise<void> {
      return enqueue(async () => {
        for (const one of served.values()) {
          if (!concerns(one)) continue;
          one.opened?.stop();
          one.opened = undefined;
        }
        await reconcile();
      });
    },
    /** By URL. */
    list: (): readonly ServedEndpoint<Doors>[] =>
      [...served.values()].sort((one, other) => (one.url < other.url ? -1 : 1)),
    /** Entries of the last listings that cannot be endpoints. */
    unreadable: (): Listing["unreadable"] => [...unreadable.values()].flat(),
    /** Changes nothing any more; what listens goes on. */
    async pause(): Promise<void> {
      isPaused = true;
      clearTimeout(retry);
      await queue;
    },
    /** Goes on after `pause`. */
    resume(): Promise<void> {
      isPaused = false;
      return enqueue(reconcile);
    },
  };

  function enqueue(change: () => Promise<void>): Promise<void> {
    const turn = queue.then(async () => {
      if (!isPaused) await change();
    });
    // Whoever asked for it is told of its fault; the next one is not.
    queue = turn.catch(() => undefined);
    return turn;
  }

  async function reconcile(): Promise<void> {
    const plan = planChanges([...served.keys()], [...wanted.values()]);
    for (const url of plan.remove) remove(url);
    for (const endpoint of plan.keep) {
      const kept = served.get(endpoint.url);
      if (kept !== undefined) kept.endpoint = endpoint;
    }
    for (const endpoint of plan.add) {
      const { url } = endpoint;
      served.set(url, { url, endpoint, opened: undefined, state: "absent", fault: undefined, since: now() });
    }
    await openAll();
    const names = [...served.values()].flatMap(({ endpoint, opened }) =>
      opened === undefined ? [] : [[endpoint.hostname, opened.ip] as const],
    );
    await publish(new Map(names));
  }

  function remove(url: string): void {
    const gone = served.get(url);
    if (gone === undefined) return;
    served.delete(url);
    gone.opened?.stop();
    gone.opened = undefined;
    gone.fault = undefined;
    enter(gone, "absent");
  }

  async function openAll(): Promise<void> {
    clearTimeout(retry);
    let tried = 0;
    for (const one of served.values()) {
      if (one.opened !== undefined) continue;
      openOne(one);
      tried += 1;
      if (tried % AT_ONCE === 0) await pause(0);
    }
    const isAmiss = [...served.values()].some(({ opened }) => opened === undefined);
    if (isAmiss) retry = startTimer("endpoints", RETRY_MS, () => letGo("endpoints", enqueue(reconcile)));
  }

  function openOne(one: ServedEndpoint<Doors>): void {
    try {
      one.opened = open(one, () => judge(one));
      judge(one);
    } catch (error) {
      one.fault = describeError(error);
      enter(one, "failed");
    }
  }

  function judge(one: ServedEndpoint<Doors>): void {
    if (one.opened === undefined) return;
    one.fault = one.opened.fault();
    enter(one, one.fault === undefined ? "serving" : "failed");
  }

  function enter(one: ServedEndpoint<Doors>, state: EndpointState): void {
    const from = one.state;
    if (state === from) return;
    one.state = state;
    one.since = now();
    onChange(one, from);
  }
}
