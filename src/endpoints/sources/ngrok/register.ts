import type { NgrokApi, Operator, OperatorRequest } from "./api.ts";
import { ApiError } from "./api-error.ts";
import {
  type Identity,
  type IdentityFiles,
  probeFolders,
  type StoredIdentity,
  saveIdentity,
  toIdentity,
} from "./identity.ts";
import { createSigningRequest } from "./signing-request.ts";

interface RegistrationParts {
  readonly api: NgrokApi;
  readonly files: IdentityFiles;
  readonly machineId: string;
  readonly region: string;
  readonly selectors: readonly string[];
}

/** What came of it; `isNew` where ngrok did not know this machine before. */
export interface Registration {
  readonly identity: Identity;
  readonly operator: Operator;
  readonly isNew: boolean;
}

/**
 * Has ngrok certify a new key, docs/protocols/endpoints.md#registration: for the operator that this machine has already, else
 * for a new one. It is on disk when this resolves. A new operator whose certificate cannot be kept is deleted again.
 * @param known what is still on disk of a former registration.
 * @throws ApiError; the system's error where nothing can be written, before anything was asked.
 */
export async function register(parts: RegistrationParts, known: StoredIdentity["operatorId"]): Promise<Registration> {
  const { api, files, machineId, region, selectors } = parts;
  probeFolders(files);
  const { key, csr } = createSigningRequest();
  const request: OperatorRequest = {
    enabled_features: ["bindings"],
    binding: { csr, endpoint_selectors: selectors },
  };
  const adopted = await adopt(parts, known, request);
  if (adopted !== undefined) return { ...keep(files, adopted, key), isNew: false };
  const created = await api.createOperator({
    description: "ngrokd daemon",
    metadata: JSON.stringify({ type: "forward-proxy", machine_id: machineId }),
    region,
    ...request,
  });
  try {
    return { ...keep(files, created, key), isNew: true };
  } catch (error) {
    // Whether or not that works, it is the first error that matters.
    await api.deleteOperator(created.id).catch(() => undefined);
    throw error;
  }
}

/** The certificate of an answer. @throws ApiError where there is none for this key. */
export function takeCertificate(operator: Operator, key: string): Identity {
  const cert = operator.binding?.cert?.cert ?? "";
  if (cert === "") throw new ApiError("unavailable", `ngrok has given operator ${operator.id} no certificate`);
  try {
    return toIdentity(operator.id, cert, key);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new ApiError("unavailable", `what ngrok has given operator ${operator.id} is of no use: ${reason}`);
  }
}

function keep(files: IdentityFiles, operator: Operator, key: string): Omit<Registration, "isNew"> {
  const identity = takeCertificate(operator, key);
  saveIdentity(files, identity);
  return { identity, operator };
}

/** The operator that is this machine's already, with a certificate for the new key. */
async function adopt(
  { api, machineId }: RegistrationParts,
  known: string | undefined,
  request: OperatorRequest,
): Promise<Operator | undefined> {
  const candidates = new Set(known === undefined ? [] : [known]);
  const listed = await orNone(api.listOperators());
  for (const { id, metadata } of listed ?? []) if (metadata.includes(machineId)) candidates.add(id);
  for (const id of candidates) {
    const operator = await orNone(api.updateOperator(id, request));
    if (operator !== undefined) return operator;
  }
  return undefined;
}

/** An operator that is gone, or may not be looked for, keeps nobody from making one. */
async function orNone<Result>(asked: Promise<Result>): Promise<Result | undefined> {
  try {
    return await asked;
  } catch (error) {
    if (error instanceof ApiError && error.fault === "not-found") return undefined;
    throw error;
  }
}
