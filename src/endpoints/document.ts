import * as v from "valibot";

const isoTime = v.pipe(v.string(), v.isoTimestamp());

/** One endpoint, as every door describes it. Times are ISO 8601. */
export const endpointSchema = v.object({
  /** `scheme://host:port`, by which it is known. */
  url: v.string(),
  hostname: v.string(),
  /** That of the URL. */
  port: v.number(),
  protocol: v.picklist(["http", "https", "tcp", "tls"]),
  source: v.picklist(["ngrok", "static"]),
  /** Under which its source knows it. */
  ids: v.array(v.string()),
  description: v.nullable(v.string()),
  /** `failed`: it cannot be reached, and is tried again. */
  state: v.picklist(["absent", "serving", "failed"]),
  /** What is amiss: why it cannot be reached, or why its name leads elsewhere. */
  reason: v.nullable(v.string()),
  since: isoTime,
  /** Its own address, to which its name leads; null where it has none. */
  ip: v.nullable(v.string()),
  /** Each `host:port` that listens for it. */
  listen: v.array(v.string()),
  /** `virtual`, or the address of this machine that it listens on besides, for others. */
  mode: v.string(),
  /** Its port there; 0 where there is none. */
  networkPort: v.number(),
  connections: v.number(),
  totalConnections: v.number(),
  /** Connections whose far side could not be opened. */
  errors: v.number(),
  lastError: v.nullable(v.object({ message: v.string(), code: v.string(), at: isoTime })),
  lastActivity: v.nullable(isoTime),
  /** From clients, and to them. */
  bytesIn: v.number(),
  bytesOut: v.number(),
});

const sourceSchema = v.object({
  name: v.picklist(["ngrok", "static"]),
  state: v.picklist(["ok", "starting", "waiting_for_key", "auth_failed", "degraded"]),
  registered: v.boolean(),
  operatorId: v.nullable(v.string()),
  ingress: v.nullable(v.string()),
  certNotAfter: v.nullable(v.string()),
  lastRenewalError: v.nullable(v.string()),
  lastPoll: v.nullable(v.string()),
  lastPollError: v.nullable(v.string()),
});

/** All endpoints, and what they depend on. */
export const endpointsSchema = v.object({
  startedAt: isoTime,
  /** What keeps them from being ready; empty where they are. */
  failing: v.array(v.string()),
  sources: v.array(sourceSchema),
  /** Where the names are written; the path is null where they are not. */
  hosts: v.object({ path: v.nullable(v.string()), fault: v.nullable(v.string()) }),
  /** `host:port` of the health door; null while it is not open. */
  health: v.object({ address: v.nullable(v.string()), fault: v.nullable(v.string()) }),
  /** Of the unix socket that ngrokctl asks. */
  socket: v.nullable(v.string()),
  /** Why a change of the settings is not in force. */
  settingsFault: v.nullable(v.string()),
  /** Entries of the sources that cannot be endpoints. */
  unreadable: v.array(v.object({ entry: v.string(), reason: v.string() })),
  warnings: v.array(v.string()),
  endpoints: v.array(endpointSchema),
});

export type EndpointEntry = v.InferOutput<typeof endpointSchema>;
export type EndpointsDocument = v.InferOutput<typeof endpointsSchema>;

/** What the doors ask of the endpoints. */
export interface EndpointsService {
  describe(): EndpointsDocument;
  /** Asks every source now; resolves once what stands is like the answers. */
  poll(): Promise<void>;
  /** Reads the settings anew. @throws Failure `settings-invalid`; what stands then stays. */
  reload(): Promise<void>;
  /** Renews the certificate that ngrok knows this machine by. @throws Failure, where that has not worked. */
  refreshCertificate(): Promise<void>;
  /** Puts another API key in force, and keeps it. @throws Failure. */
  setApiKey(key: string): Promise<void>;
}
