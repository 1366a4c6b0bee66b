import type { EndpointEntry, EndpointsDocument, EndpointsService } from "../../src/endpoints/document.ts";

const TIME = "2026-11-05T10:00:00.000Z";

/** An endpoint as a door is told of it. */
export function endpointEntry(changes: Partial<EndpointEntry> = {}): EndpointEntry {
  return {
    url: "tcp://db.example:5432",
    hostname: "db.example",
    port: 5_432,
    protocol: "tcp",
    source: "ngrok",
    ids: ["ep_2abc"],
    description: null,
    state: "serving",
    reason: null,
    since: TIME,
    ip: "127.107.0.3",
    listen: ["127.107.0.3:5432"],
    mode: "virtual",
    networkPort: 0,
    connections: 1,
    totalConnections: 42,
    errors: 0,
    lastError: null,
    lastActivity: TIME,
    bytesIn: 10,
    bytesOut: 20,
    ...changes,
  };
}

/** What the doors are told, of a daemon that is registered and serves nothing if not said otherwise. */
export function endpointsDocument(changes: Partial<EndpointsDocument> = {}): EndpointsDocument {
  return {
    startedAt: TIME,
    failing: [],
    sources: [
      {
        name: "ngrok",
        state: "ok",
        registered: true,
        operatorId: "k8sop_2abc",
        ingress: "ingress.example:443",
        certNotAfter: "2027-01-01T00:00:00.000Z",
        lastRenewalError: null,
        lastPoll: TIME,
        lastPollError: null,
      },
    ],
    hosts: { path: "/etc/hosts", fault: null },
    health: { address: "127.0.0.1:8081", fault: null },
    socket: null,
    settingsFault: null,
    unreadable: [],
    warnings: [],
    endpoints: [],
    ...changes,
  };
}

/** A service that a door may ask, and what it was asked to do. */
export function endpointsService(document: () => EndpointsDocument = endpointsDocument) {
  const asked: string[] = [];
  const service: EndpointsService = {
    describe: document,
    async poll() {
      asked.push("poll");
    },
    async reload() {
      asked.push("reload");
    },
    async refreshCertificate() {
      asked.push("certificate");
    },
    async setApiKey(key) {
      asked.push(`key ${key}`);
    },
  };
  return { service, asked };
}
