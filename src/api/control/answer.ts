import { type Audit, limitAudit } from "../../platform/audit.ts";
import { noteFault } from "../../platform/containment.ts";
import { describeError, explainRefusal, Failure } from "../../platform/failure.ts";
import { LOOP_WATCH } from "../../platform/loop-watch.ts";
import { refuse, refuseFailure } from "../http/envelope.ts";
import { createBodyBound, parseBody, readBody } from "../http/read-body.ts";
import { findBrowserFault } from "../http/refuse-browser.ts";
import { findRoute } from "../http/route.ts";
import { createRoutes } from "./routes/routes.ts";
import { CONTROL_PART, type ControlService } from "./service.ts";

/** What the control API is made of. */
export interface ControlParts {
  /** Of the unix socket, absolute; its folder is created where it is missing, for the owner alone. */
  readonly path: string;
  /** Of a second door, on 127.0.0.1; undefined for none. */
  readonly tcpPort: number | undefined;
  /** What requests on the second door are signed with: any local user, and any web page, reaches it. */
  readonly secret: Uint8Array;
  /** Whether the figures for Prometheus, which cannot sign, are given on the second door to whoever asks. */
  readonly opensMetrics?: boolean | undefined;
  /** Called once, with the first request. */
  readonly loadService: () => Promise<ControlService>;
  readonly audit: Audit;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Told of every request, so that the daemon knows when it idles. */
  readonly onActivity: () => void;
}

/** The unix socket, or 127.0.0.1. */
export type Door = "socket" | "port";

/** Answers a request, and never rejects. `onProven` is called once it is known to be the owner's. */
export type Answerer = (request: Request, door: Door, onProven?: () => void) => Promise<Response>;

/** Gives the refusal of a request that is not proven. */
interface Proof {
  /** By its headers alone. */
  ofHeaders(request: Request): Response | undefined;
  /** @param target its path and query. */
  ofAll(request: Request, target: string, body: Uint8Array): Response | undefined;
}

/** What stands behind the doors: who may come in, which route a request means, and every refusal. */
export async function createAnswerer(parts: ControlParts): Promise<Answerer> {
  const { audit, now } = parts;
  const auditFault = limitAudit(audit);
  const bodies = createBodyBound();
  const routes = createRoutes(await parts.loadService(), now);
  const prove: { readonly [door in Door]: Proof } = {
    // The file's mode has let in nobody but the owner.
    socket: { ofHeaders: () => undefined, ofAll: () => undefined },
    port: parts.tcpPort === undefined ? REFUSE_ALL : await createSignatureProof(parts.secret, now),
  };

  return async (request, door, onProven) => {
    const shown = `${request.method} ${request.url.slice(0, 300)} on the ${door}`;
    let isProven = false;
    const proven = () => {
      isProven = true;
      onProven?.();
    };
    try {
      const response = await answer(request, door, shown, proven);
      return isProven ? response : closeAfter(response);
    } catch (thrown) {
      // What the system refuses, as for want of a descriptor, is no defect.
      const error = thrown instanceof Failure ? thrown : (explainRefusal(thrown) ?? thrown);
      const response = refuseFailure(error);
      if (response.status === 500) noteFault(CONTROL_PART, error);
      if (request.method === "POST" || response.status === 500)
        auditFault("ERROR", `[control] ${describeError(error)}: ${shown}`);
      return response;
    }
  };

  async function answer(request: Request, door: Door, shown: string, onProven: () => void): Promise<Response> {
    const receivedAt = now();
    switch (findBrowserFault(request, { onLoopback: door === "port", origins: [] })) {
      case "foreign-origin":
        return refuse(403, "foreign-origin", "requests of web pages are refused", "send no Origin header");
      case "foreign-host":
        return refuse(
          403,
          "foreign-host",
          "the Host header names another host",
          `ask http://127.0.0.1:${parts.tcpPort}`,
        );
    }
    const url = URL.parse(request.url);
    if (url === null) return refuse(400, "malformed-address", "the request's address cannot be read");
    const isOpen = door === "port" && parts.opensMetrics === true && isForMetrics(request, url);
    const unfit = isOpen ? undefined : prove[door].ofHeaders(request);
    if (unfit !== undefined) return unfit;
    const body = isOpen ? new Uint8Array() : await readBody(request, door === "port" ? bodies : undefined);
    // After a wait, the turn of the loop is a new one.
    LOOP_WATCH.enter(CONTROL_PART);
    if (body instanceof Response) return body;
    const unproven = isOpen ? undefined : prove[door].ofAll(request, url.pathname + url.search, body);
    if (unproven !== undefined) return unproven;
    if (!isOpen) onProven();
    const found = findRoute(routes, request.method, url.pathname);
    if (found instanceof Response) return found;
    const parsed = found.route.method === "POST" ? parseBody(request, body) : undefined;
    if (parsed instanceof Response) return parsed;
    if (found.route.method === "POST" && found.route.isFrequent !== true) audit("CMD", `Control request: ${shown}`);
    const query = Object.fromEntries(url.searchParams);
    const headers = Object.fromEntries(request.headers);
    return await found.route.answer({ name: found.name, query, headers, body: parsed, receivedAt });
  }
}

/** Who signs it has to sign it well. */
function isForMetrics({ method, headers }: Request, { pathname }: URL): boolean {
  return method === "GET" && pathname === "/metrics" && !headers.has("x-remcli-sig");
}

async function createSignatureProof(secret: Uint8Array, now: () => number): Promise<Proof> {
  const { createVerifier, SIGNATURE_FAULTS } = await import("./signature.ts");
  const { findHeaderFault, verify } = createVerifier(secret, now);
  const refuseFor = (fault: ReturnType<typeof findHeaderFault>) =>
    fault === undefined ? undefined : refuse(401, fault, SIGNATURE_FAULTS[fault]);
  return {
    ofHeaders: ({ headers }) => refuseFor(findHeaderFault(headers)),
    ofAll: ({ method, headers }, target, body) => refuseFor(verify({ method, target, body }, headers)),
  };
}

/** A stranger has to connect anew for each request: what he sends behind it is not worked on. */
function closeAfter(refusal: Response): Response {
  refusal.headers.set("connection", "close");
  return refusal;
}

const REFUSE_ALL: Proof = { ofHeaders: refuseAll, ofAll: refuseAll };

function refuseAll(): Response {
  return refuse(401, "unsigned", "this door is closed");
}
