import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import type { HostAndPort } from "../../../net/host-and-port.ts";
import { attemptOr, describeError } from "../../../platform/failure.ts";
import { makePrivateFolder } from "../../../platform/files/files.ts";
import type { NgrokSettings } from "../../config/settings.ts";
import type { NgrokApi, Operator } from "./api.ts";
import { ApiError } from "./api-error.ts";
import { type Identity, loadIdentity } from "./identity.ts";
import { findMachineId } from "./machine-id.ts";
import { register } from "./register.ts";
import { ingressOf, type RegistrationRecord, readRecord, recordOf, writeRecord } from "./registration-record.ts";
import { createRenewal } from "./renewal.ts";
import { isResting } from "./rest-time.ts";

/** Where connections are carried to while nobody has said otherwise. */
const DEFAULT_INGRESS: HostAndPort = { host: "kubernetes-binding-ingress.ngrok.io", port: 443 };
/** Operators that vanish again and again must not fill the account. */
const BETWEEN_REGISTRATIONS_MS = 300_000;

interface KeeperParts {
  readonly settings: () => NgrokSettings;
  readonly stateFolder: string;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/**
 * The operator by which ngrok knows this machine: registered when it is first needed, and again where it has vanished; its
 * certificate renewed in time, and its selectors as they are configured.
 */
export function createOperatorKeeper({ settings, stateFolder, now }: KeeperParts) {
  const recordPath = join(stateFolder, "registration.json");
  const renewal = createRenewal(settings, settings().renewalCheckMs, now);
  let identity: Identity | undefined;
  let record: RegistrationRecord | undefined;
  let hasAskedForRecord = false;
  /** Whether ngrok has listed anything for this operator. */
  let isProven = false;
  let registeredAt = Number.NEGATIVE_INFINITY;
  let registeredAgainAt = Number.NEGATIVE_INFINITY;
  let refusedSelectors: { readonly selectors: readonly string[]; readonly error: string } | undefined;

  return {
    /** Undefined where there is none, or none can be read; the next listing tells why. */
    identity: (): Identity | undefined => identity ?? attemptOr(undefined, loadOnce),
    ingress: (): HostAndPort => settings().ingress ?? ingressOf(record) ?? DEFAULT_INGRESS,
    wantRenewal: (): void => renewal.want(),
    renewalError: (): string | null => renewal.lastError,
    selectorsError: (): string | null => refusedSelectors?.error ?? null,
    /** As they are written. @throws ApiError; the system's error where the files cannot be used. */
    async listEndpoints(api: NgrokApi): Promise<readonly unknown[]> {
      const current = identity ?? loadOnce() ?? (await registerAs(api));
      await completeRecord(api, current);
      identity = await renewal.renewIfDue(api, current);
      await sendSelectors(api, current);
      try {
        return await listFor(api, current);
      } catch (error) {
        if (!(error instanceof ApiError) || error.fault !== "not-found") throw error;
        return await listFor(api, await registerAgain(api, current, error));
      }
    },
  };

  async function listFor(api: NgrokApi, { operatorId }: Identity): Promise<readonly unknown[]> {
    const entries = await api.listEndpoints(operatorId);
    isProven = true;
    return entries;
  }

  function loadOnce(): Identity | undefined {
    const stored = loadIdentity(settings(), now());
    if (stored.identity === undefined) return undefined;
    identity = stored.identity;
    record = readRecord(recordPath, identity.operatorId);
    return identity;
  }

  async function registerAs(api: NgrokApi, gone?: string): Promise<Identity> {
    const { operatorId } = loadIdentity(settings(), now());
    const { region, selectors } = settings();
    const parts = { api, files: settings(), machineId: findMachineId(stateFolder), region, selectors };
    const registration = await register(parts, operatorId === gone ? undefined : operatorId);
    identity = registration.identity;
    renewal.forget();
    isProven = false;
    registeredAt = now();
    keepRecord(registration.operator, selectors);
    return identity;
  }

  async function registerAgain(api: NgrokApi, { operatorId }: Identity, cause: ApiError): Promise<Identity> {
    const since = Math.max(registeredAgainAt, isProven ? Number.NEGATIVE_INFINITY : registeredAt);
    if (isResting(since, BETWEEN_REGISTRATIONS_MS, now())) {
      const wait = Math.ceil((since + BETWEEN_REGISTRATIONS_MS - now()) / 1000);
      throw new ApiError("unavailable", `${cause.message}: registered again in ${wait} s at the earliest`);
    }
    registeredAgainAt = now();
    return await registerAs(api, operatorId);
  }

  /** An identity of ngrokd's has no record beside it. Without an answer it is done without. */
  async function completeRecord(api: NgrokApi, { operatorId }: Identity): Promise<void> {
    if (record !== undefined || hasAskedForRecord) return;
    hasAskedForRecord = true;
    const operator = await api.getOperator(operatorId).catch(() => undefined);
    if (operator !== undefined) keepRecord(operator);
  }

  async function sendSelectors(api: NgrokApi, { operatorId }: Identity): Promise<void> {
    const { selectors } = settings();
    if (record === undefined || isDeepStrictEqual(record.selectors, selectors)) {
      refusedSelectors = undefined;
      return;
    }
    if (isDeepStrictEqual(refusedSelectors?.selectors, selectors)) return;
    refusedSelectors = undefined;
    try {
      const operator = await api.updateOperator(operatorId, { binding: { endpoint_selectors: selectors } });
      keepRecord(operator, selectors);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      if (error.fault === "refused") refusedSelectors = { selectors, error: `selectors: ${describeError(error)}` };
      else if (error.fault !== "not-found") throw error;
    }
  }

  /** @param selectors that it has been given: an answer may leave them out, or write them otherwise. */
  function keepRecord(operator: Operator, selectors?: readonly string[]): void {
    const kept = { ...recordOf(operator), ...(selectors === undefined ? {} : { selectors }) };
    record = kept;
    // Without it the API is asked once more at the next start.
    attemptOr(undefined, () => {
      makePrivateFolder(stateFolder);
      writeRecord(recordPath, kept);
    });
  }
}
