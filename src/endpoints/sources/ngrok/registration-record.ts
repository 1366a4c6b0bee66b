import * as v from "valibot";
import { type HostAndPort, parseHostAndPort } from "../../../net/host-and-port.ts";
import { readTextIfThere, replaceFile } from "../../../platform/files/files.ts";
import type { Operator } from "./api.ts";

const recordSchema = v.object({
  schema: v.literal(1),
  operatorId: v.string(),
  ingress: v.nullable(v.string()),
  selectors: v.nullable(v.array(v.string())),
});

/** What ngrok has on record for an operator, as far as we use it. */
export interface RegistrationRecord {
  readonly operatorId: string;
  readonly ingress: string | null;
  readonly selectors: readonly string[] | null;
}

export function recordOf({ id, binding }: Operator): RegistrationRecord {
  return {
    operatorId: id,
    ingress: binding?.ingress_endpoint || null,
    selectors: binding?.endpoint_selectors ?? null,
  };
}

/** The address of the ingress, with port 443 where it has none; undefined where it is unknown, or none can be read. */
export function ingressOf(record: RegistrationRecord | undefined): HostAndPort | undefined {
  const address = parseHostAndPort(record?.ingress ?? "", 443);
  return address === undefined || address.host === "" || address.port === 0 ? undefined : address;
}

/** What was kept of an operator; undefined where nothing was. @throws the system's error. */
export function readRecord(path: string, operatorId: string): RegistrationRecord | undefined {
  const parsed = v.safeParse(v.pipe(v.string(), v.parseJson(), recordSchema), readTextIfThere(path));
  return parsed.success && parsed.output.operatorId === operatorId ? parsed.output : undefined;
}

/** @throws the system's error. */
export function writeRecord(path: string, record: RegistrationRecord): void {
  replaceFile(path, `${JSON.stringify({ schema: 1, ...record }, null, 2)}\n`);
}
