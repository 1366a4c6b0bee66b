import { isDeepStrictEqual } from "node:util";
import { formatHostAndPort, type HostAndPort } from "../../../net/host-and-port.ts";
import { describeError, Failure } from "../../../platform/failure.ts";
import type { NgrokSettings } from "../../config/settings.ts";
import type { DesiredEndpoint, EndpointSource, KnownEndpoint, Listing, SourceStatus } from "../../endpoint.ts";
import type { ClientIdentity, IngressConnection } from "../../forwarding/ingress.ts";
import { createApi } from "./api.ts";
import { ApiError } from "./api-error.ts";
import { createOperatorKeeper } from "./operator-keeper.ts";
import { createPollTiming } from "./poll-timing.ts";
import { readEntries } from "./read-entries.ts";

/** What carries connections to ngrok. */
interface Ingress {
  dial(host: string, port: number, signal: AbortSignal): Promise<IngressConnection>;
}

interface NgrokSourceParts {
  readonly settings: NgrokSettings;
  readonly stateFolder: string;
  /** @param identity asked for each connection. */
  readonly openIngress: (address: HostAndPort, identity: () => ClientIdentity | undefined) => Ingress;
  /** ngrok has something to say to people about an endpoint. */
  readonly onNotice?: (url: string, text: string) => void;
  /** Milliseconds since the epoch. */
  readonly now?: () => number;
  readonly random?: () => number;
  /** For each call of the API; 30,000 by default. */
  readonly milliseconds?: number;
}

/** Endpoints of an ngrok account that are bound to this machine, docs/protocols/endpoints.md. */
export function createNgrokSource(parts: NgrokSourceParts) {
  const { stateFolder, openIngress, onNotice, now = Date.now, random } = parts;
  let settings = parts.settings;
  let asking = new AbortController();
  const timing = createPollTiming(now, random);
  const keeper = createOperatorKeeper({ settings: () => settings, stateFolder, now });
  let open: { readonly address: HostAndPort; readonly ingress: Ingress } | undefined;
  let lastPoll: number | undefined;
  let lastFailure: unknown;
  let isKeyRefused = false;

  return {
    name: "ngrok",
    async list(): Promise<Listing> {
      const key = settings.apiKey;
      if (key === undefined) {
        throw new Failure("settings-invalid", "there is no API key for ngrok", {
          hint: "wpdaemon endpoints set-api-key, or NGROK_API_KEY",
        });
      }
      if (timing.isHeld()) throw lastFailure;
      asking = new AbortController();
      try {
        const { apiUrl: baseUrl } = settings;
        const api = createApi({ baseUrl, key, signal: asking.signal, milliseconds: parts.milliseconds });
        const { endpoints, unreadable } = readEntries(await keeper.listEndpoints(api));
        timing.succeeded();
        lastPoll = now();
        lastFailure = undefined;
        isKeyRefused = false;
        return { endpoints: endpoints.map(revive), unreadable };
      } catch (error) {
        // An answer about a key that was replaced meanwhile says nothing about the new one.
        if (settings.apiKey === key) {
          timing.failed(error);
          lastFailure = error;
          isKeyRefused = error instanceof ApiError && error.fault === "unauthorized";
        }
        throw error;
      }
    },
    restMs: (): number | undefined => (settings.apiKey === undefined ? undefined : timing.restMs(settings.pollMs)),
    status,
    revive,
    /** What holds from the next call on; whoever changes it should have the source asked at once. */
    configure(next: NgrokSettings): void {
      if (next.apiKey?.reveal() !== settings.apiKey?.reveal() || next.apiUrl !== settings.apiUrl) {
        isKeyRefused = false;
        timing.reset();
      }
      if (next.ingressCaFile !== settings.ingressCaFile || next.ingressInsecure !== settings.ingressInsecure) {
        open = undefined;
      }
      settings = next;
    },
    /** Has the next listing renew the certificate, be it due or not; the status tells whether that has failed. */
    wantRenewal: (): void => keeper.wantRenewal(),
    /** Ends what is being asked; it can be asked again. */
    async stop(): Promise<void> {
      asking.abort();
    },
  } satisfies EndpointSource & Record<string, unknown>;

  function revive(known: KnownEndpoint): DesiredEndpoint {
    return {
      ...known,
      async dial(signal) {
        const { stream, response } = await currentIngress().dial(known.hostname, known.port, signal);
        for (const notice of response.notices) onNotice?.(known.url, notice);
        return stream;
      },
    };
  }

  function currentIngress(): Ingress {
    const address = keeper.ingress();
    if (open === undefined || !isDeepStrictEqual(open.address, address)) {
      open = { address, ingress: openIngress(address, keeper.identity) };
    }
    return open.ingress;
  }

  function status(): SourceStatus {
    const identity = keeper.identity();
    const error = lastFailure === undefined ? keeper.selectorsError() : describeError(lastFailure);
    return {
      state: stateOf(error),
      registered: identity !== undefined,
      operatorId: identity?.operatorId ?? null,
      ingress: formatHostAndPort(keeper.ingress()),
      certNotAfter: identity === undefined ? null : new Date(identity.notAfter).toISOString(),
      lastRenewalError: keeper.renewalError(),
      lastPoll: lastPoll === undefined ? null : new Date(lastPoll).toISOString(),
      lastPollError: error,
    };
  }

  function stateOf(error: string | null): SourceStatus["state"] {
    if (settings.apiKey === undefined) return "waiting_for_key";
    if (isKeyRefused) return "auth_failed";
    if (error !== null || keeper.renewalError() !== null) return "degraded";
    return lastPoll === undefined ? "starting" : "ok";
  }
}
