import * as v from "valibot";
import { Failure, type FailureCode } from "../../platform/failure.ts";

/** The `error` of a refusal. */
export const errorSchema = v.object({
  code: v.string(),
  message: v.string(),
  hint: v.nullable(v.string()),
});

/** `{"ok":true,"data":…}`. */
export function succeed(data: unknown): Response {
  return Response.json({ ok: true, data });
}

/** The same with the members of `data` beside it, where clients of the original look for them. */
export function succeedBothWays(data: unknown): Response {
  return Response.json(typeof data === "object" ? { ok: true, data, ...data } : { ok: true, data });
}

/** `{"ok":false,"error":{code, message, hint}}`. */
export function refuse(status: number, code: string, message: string, hint: string | null = null): Response {
  return Response.json({ ok: false, error: { code, message, hint } }, { status });
}

/** The refusal for anything that the daemon threw. */
export function refuseFailure(error: unknown): Response {
  if (error instanceof Failure) return refuse(STATUSES[error.code], error.code, error.message, error.hint ?? null);
  const message = error instanceof Error ? error.message : String(error);
  return refuse(500, "internal", message, "this is a defect of wpdaemon; its audit log tells more");
}

/** 400: ask otherwise. 404: there is none. 409: what is there forbids it. 503: the daemon cannot, for now. */
const STATUSES: { readonly [code in FailureCode]: number } = {
  usage: 400,
  "config-not-found": 404,
  "config-invalid": 409,
  "config-exists": 409,
  "settings-invalid": 409,
  "address-in-use": 409,
  "already-running": 409,
  "not-running": 409,
  "lock-held": 409,
  "handover-failed": 409,
  "permission-denied": 403,
  "program-missing": 503,
  "program-corrupt": 503,
  "download-failed": 503,
  "platform-unsupported": 503,
  "start-failed": 503,
  "name-unknown": 503,
  "stop-failed": 503,
  "recovery-failed": 503,
  "daemon-unreachable": 503,
  "daemon-not-started": 503,
  "daemon-not-running": 503,
  "file-unusable": 503,
  "state-corrupt": 503,
  "timed-out": 503,
  "command-missing": 503,
  "command-not-executable": 503,
  internal: 500,
};
