import { type CertificateAuthority, createAuthority } from "./certificate-authority.ts";
import { certify, type Validity } from "./certify.ts";

/** One request as it came. */
export interface SeenRequest {
  readonly method: string;
  /** With its query. */
  readonly path: string;
  readonly headers: Headers;
  /** JSON, where there was any. */
  readonly body: unknown;
}

interface FakeOperator {
  readonly id: string;
  metadata: string;
  selectors: unknown;
  cert: string;
  notAfter: number;
}

/** Answers a request in place of the usual; undefined leaves it to that. */
type Script = (request: SeenRequest) => Response | Promise<Response | undefined> | undefined;

interface NgrokApiOptions {
  /** Signs the certificates of operators; one of its own where none is given. */
  readonly authority?: CertificateAuthority;
  readonly port?: number;
}

/** A stand-in for ngrok's API, on loopback, over plain HTTP. Certificates are real. */
export async function startNgrokApi({ authority, port = 0 }: NgrokApiOptions = {}) {
  const signer = authority ?? createAuthority();
  const operators = new Map<string, FakeOperator>();
  const requests: SeenRequest[] = [];
  let made = 0;

  const api = {
    /** Signs the certificates of operators. */
    authority: signer,
    /** Of every operator; entries as the API writes them. */
    endpoints: [] as unknown[],
    requests,
    operators,
    /** The only key that is let in; undefined lets everybody in. */
    key: undefined as string | undefined,
    /** Of the certificates that are issued from now on. */
    validity: undefined as Validity | undefined,
    /** What operators are told to connect to. */
    ingress: undefined as string | undefined,
    createStatus: 201,
    pageSize: 100,
    script: undefined as Script | undefined,
    get port(): number {
      return server.port ?? 0;
    },
    get url(): string {
      return `http://127.0.0.1:${server.port}`;
    },
    /** Requests whose `METHOD /path` begins so. */
    count: (start: string): number =>
      requests.filter(({ method, path }) => `${method} ${path}`.startsWith(start)).length,
    stop: () => server.stop(true),
    [Symbol.asyncDispose]: async () => {
      await server.stop(true);
    },
  };

  const server = Bun.serve({
    hostname: "127.0.0.1",
    port,
    idleTimeout: 0,
    async fetch(incoming) {
      const url = new URL(incoming.url);
      const text = await incoming.text();
      const body: unknown = text === "" ? undefined : JSON.parse(text);
      const request = { method: incoming.method, path: url.pathname + url.search, headers: incoming.headers, body };
      requests.push(request);
      return (await api.script?.(request)) ?? (await answer(request, url));
    },
  });

  return api;

  async function answer({ method, headers, body }: SeenRequest, url: URL): Promise<Response> {
    if (headers.get("ngrok-version") !== "2") return refuse(400, "ERR_NGROK_218", "no version");
    if (api.key !== undefined && headers.get("authorization") !== `Bearer ${api.key}`) {
      return refuse(401, "ERR_NGROK_200", "authentication failed");
    }
    const [, root, id, list] = url.pathname.split("/");
    if (root !== "kubernetes_operators") return refuse(404, "ERR_NGROK_404", "no such route");
    if (id === undefined) {
      if (method === "POST") return await create(body);
      return page(url, "operators", [...operators.values()].map(toJson));
    }
    const operator = operators.get(id);
    if (operator === undefined) return refuse(404, "ERR_NGROK_404", "no such operator");
    if (list === "bound_endpoints") return page(url, "endpoints", api.endpoints);
    if (method === "DELETE") {
      operators.delete(id);
      return new Response(null, { status: 204 });
    }
    if (method === "PATCH") await change(operator, body);
    return Response.json(toJson(operator));
  }

  async function create(body: unknown): Promise<Response> {
    made += 1;
    const operator = { id: `k8sop_${made}`, metadata: "", selectors: null, cert: "", notAfter: 0 };
    await change(operator, body);
    operators.set(operator.id, operator);
    return Response.json(toJson(operator), { status: api.createStatus });
  }

  async function change(operator: FakeOperator, body: unknown): Promise<void> {
    const binding = member(body, "binding");
    const csr = member(binding, "csr");
    const selectors = member(binding, "endpoint_selectors");
    const metadata = member(body, "metadata");
    if (typeof metadata === "string") operator.metadata = metadata;
    if (selectors !== undefined) operator.selectors = selectors;
    if (typeof csr !== "string") return;
    const validity = api.validity ?? validToday();
    operator.cert = await certify(signer, csr, validity);
    operator.notAfter = validity.notAfter;
  }

  function toJson({ id, metadata, selectors, cert, notAfter }: FakeOperator) {
    return {
      id,
      uri: `${api.url}/kubernetes_operators/${id}`,
      metadata,
      region: "global",
      enabled_features: ["bindings"],
      binding: {
        endpoint_selectors: selectors,
        cert: { cert, not_after: new Date(notAfter).toISOString() },
        ...(api.ingress === undefined ? {} : { ingress_endpoint: api.ingress }),
      },
    };
  }

  function page(url: URL, name: string, all: readonly unknown[]): Response {
    const start = Number(url.searchParams.get("before_id") ?? 0);
    const end = start + api.pageSize;
    const here = `${api.url}${url.pathname}`;
    return Response.json({
      [name]: all.slice(start, end),
      uri: here,
      next_page_uri: end < all.length ? `${here}?before_id=${end}&limit=${api.pageSize}` : null,
    });
  }
}

const DAY_MS = 86_400_000;

function validToday(): Validity {
  return { notBefore: Date.now() - DAY_MS, notAfter: Date.now() + 90 * DAY_MS };
}

/** An entry as the API writes it. */
export function endpointEntry(url: string, id = `ep_${url.replace(/\W/g, "_")}`) {
  const proto = url.split("://")[0];
  return { id, url, public_url: url, proto, type: "cloud", bindings: ["kubernetes"], name: "", description: "" };
}

function refuse(status: number, code: string, msg: string): Response {
  return Response.json({ error_code: code, status_code: status, msg, details: { operation_id: "op_1" } }, { status });
}

function member(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null
    ? Object.entries(value).find(([key]) => key === name)?.[1]
    : undefined;
}
