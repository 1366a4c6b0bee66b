import { createBackoff, growingDelays } from "../../../net/backoff.ts";
import { describeError } from "../../../platform/failure.ts";
import type { NgrokApi } from "./api.ts";
import { type Identity, type IdentityFiles, saveIdentity } from "./identity.ts";
import { takeCertificate } from "./register.ts";
import { isResting } from "./rest-time.ts";
import { createSigningRequest } from "./signing-request.ts";

const MONTH_MS = 30 * 86_400_000;
/** After a renewal that has failed; then longer and longer. */
const FIRST_RETRY_MS = 60_000;

/** Whether a certificate is near enough to its end: a third of its life, or a month. */
function isRenewalDue({ notBefore, notAfter }: Identity, now: number): boolean {
  return notAfter - now <= Math.min(MONTH_MS, (notAfter - notBefore) / 3);
}

/** Renews a certificate in time. A renewal that fails leaves everything as it was, and is tried again. */
export function createRenewal(files: () => IdentityFiles, longestRetryMs: number, now: () => number) {
  const retries = createBackoff({ delays: growingDelays(FIRST_RETRY_MS, 2, longestRetryMs), jitter: 0.1 });
  let attemptedAt = Number.NEGATIVE_INFINITY;
  let restMs = 0;
  let isWanted = false;
  let lastError: string | null = null;

  return {
    /** Why the last renewal has failed; null where it has not. */
    get lastError(): string | null {
      return lastError;
    },
    /** Has the next call renew, be it due or not. */
    want(): void {
      isWanted = true;
    },
    /** There is another certificate: what was said of the one before means nothing any more. */
    forget(): void {
      lastError = null;
      restMs = 0;
      retries.reset();
    },
    /** The identity that is to be used from now on: the same, where none is due or it has failed. */
    async renewIfDue(api: NgrokApi, identity: Identity): Promise<Identity> {
      const isTime = isRenewalDue(identity, now()) && !isResting(attemptedAt, restMs, now());
      if (!isTime && !isWanted) return identity;
      isWanted = false;
      attemptedAt = now();
      try {
        const renewed = await renew(api, identity, files());
        retries.reset();
        lastError = null;
        // With a clock that is wrong the next one would be due at once.
        restMs = Math.min(longestRetryMs, (renewed.notAfter - renewed.notBefore) / 3);
        return renewed;
      } catch (error) {
        lastError = describeError(error);
        restMs = retries.next();
        return identity;
      }
    },
  };
}

/** With a new key: ngrok gives no new certificate for a request that it has seen. */
async function renew(api: NgrokApi, identity: Identity, files: IdentityFiles): Promise<Identity> {
  const { key, csr } = createSigningRequest();
  const renewed = takeCertificate(await api.updateOperator(identity.operatorId, { binding: { csr } }), key);
  saveIdentity(files, renewed);
  return renewed;
}
