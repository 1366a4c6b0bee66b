import * as v from "valibot";
import type { Secret } from "../../../platform/secret.ts";
import { ApiError } from "./api-error.ts";
import { type ApiRequest, askApi } from "./api-request.ts";

const text = v.nullish(v.string(), "");

const operatorSchema = v.object({
  id: v.pipe(v.string(), v.regex(/^[\w-]{1,128}$/, "not an ID")),
  metadata: text,
  binding: v.nullish(
    v.object({
      endpoint_selectors: v.nullish(v.array(v.string()), null),
      cert: v.nullish(v.object({ cert: text }), null),
      ingress_endpoint: text,
    }),
    null,
  ),
});

/** The record by which ngrok knows this machine. */
export type Operator = v.InferOutput<typeof operatorSchema>;

const pageSchema = v.object({ uri: v.string(), next_page_uri: v.nullish(v.string(), null) });

/** Pages that are asked for, and entries that are kept; an account has fewer. */
const MOST_PAGES = 200;
const MOST_ENTRIES = 20_000;

/** What is asked of an operator when it is made or changed. */
export interface OperatorRequest {
  readonly description?: string;
  readonly metadata?: string;
  readonly enabled_features?: readonly string[];
  readonly region?: string;
  readonly binding: { readonly csr?: string; readonly endpoint_selectors?: readonly string[] };
}

interface ApiParts {
  /** Without a slash at its end. */
  readonly baseUrl: string;
  readonly key: Secret<string>;
  readonly signal: AbortSignal;
  /** For each call. */
  readonly milliseconds?: number | undefined;
}

export type NgrokApi = ReturnType<typeof createApi>;

/** ngrok's API, as far as it is about operators and their endpoints. Everything throws ApiError. */
export function createApi({ baseUrl, key, signal, milliseconds }: ApiParts) {
  const operators = `${baseUrl}/kubernetes_operators`;

  /** A change that meets another one is sent a second time. */
  async function ask(method: ApiRequest["method"], url: string, body?: unknown): Promise<unknown> {
    const request = { method, url, key, body, signal, milliseconds };
    try {
      return await askApi(request);
    } catch (error) {
      if (!(error instanceof ApiError) || error.fault !== "conflict") throw error;
      return await askApi(request);
    }
  }

  return {
    createOperator: async (request: OperatorRequest): Promise<Operator> =>
      readOperator(await ask("POST", operators, request)),
    updateOperator: async (id: string, request: OperatorRequest): Promise<Operator> =>
      readOperator(await ask("PATCH", `${operators}/${id}`, request)),
    getOperator: async (id: string): Promise<Operator> => readOperator(await ask("GET", `${operators}/${id}`)),
    async deleteOperator(id: string): Promise<void> {
      await ask("DELETE", `${operators}/${id}`);
    },
    async listOperators(): Promise<readonly Operator[]> {
      const entries = await listAll(operators, ["operators", "kubernetes_operators"]);
      return entries.flatMap((entry) => {
        const operator = v.safeParse(operatorSchema, entry);
        return operator.success ? [operator.output] : [];
      });
    },
    /** As they are written, whatever they are. */
    listEndpoints: (id: string): Promise<readonly unknown[]> =>
      listAll(`${operators}/${id}/bound_endpoints`, ["endpoints"]),
  };

  /** All pages. @param names under which the entries may stand. */
  async function listAll(first: string, names: readonly string[]): Promise<readonly unknown[]> {
    const entries: unknown[] = [];
    const seen = new Set<string>();
    for (let url: string | undefined = first; url !== undefined; ) {
      seen.add(url);
      if (seen.size > MOST_PAGES) throw unreadable(first, `there are more than ${MOST_PAGES} pages`);
      const page = readPage(first, await ask("GET", url), names);
      entries.push(...page.entries);
      if (entries.length > MOST_ENTRIES) throw unreadable(first, `there are more than ${MOST_ENTRIES} entries`);
      const next: string | undefined =
        page.next === undefined || page.entries.length === 0 ? undefined : resolveNext(page.next, url);
      url = next === undefined || seen.has(next) ? undefined : next;
    }
    return entries;
  }

  /** Another server must not get the key. */
  function resolveNext(next: string, current: string): string {
    const url = URL.parse(next, current);
    if (url === null || url.origin !== new URL(baseUrl).origin || url.username !== "" || url.password !== "") {
      throw unreadable(current, "its next page is on another server");
    }
    return url.href;
  }
}

function readPage(
  url: string,
  answer: unknown,
  names: readonly string[],
): { readonly entries: readonly unknown[]; readonly next: string | undefined } {
  const page = v.safeParse(pageSchema, answer);
  if (!page.success || typeof answer !== "object" || answer === null) throw unreadable(url, "it is no list");
  const [, entries] = Object.entries(answer).find(([name]) => names.includes(name)) ?? [];
  if (entries !== null && !Array.isArray(entries)) throw unreadable(url, "it has no list of entries");
  return { entries: entries ?? [], next: page.output.next_page_uri ?? undefined };
}

function readOperator(answer: unknown): Operator {
  const operator = v.safeParse(operatorSchema, answer);
  if (operator.success) return operator.output;
  throw new ApiError("unavailable", "the API's answer about an operator cannot be read");
}

function unreadable(url: string, why: string): ApiError {
  return new ApiError("unavailable", `the answer of ${url} cannot be used: ${why}`);
}
