/** JSON as Go writes it, with a newline at its end. It may hold tokens, so nobody in between is to keep it. */
export function answerJson(body: object, status = 200, headers: Readonly<Record<string, string>> = {}): Response {
  return new Response(`${JSON.stringify(body)}\n`, {
    status,
    headers: { "Content-Type": "application/json", "Cache-Control": "no-store", ...headers },
  });
}

/** @param status 200 for a request that is understood but cannot be done: clients look at `success`; section 6.3. */
export function answerError(error: string, status = 200, headers: Readonly<Record<string, string>> = {}): Response {
  return answerJson({ success: false, error }, status, headers);
}

/** A line for people. */
export function answerText(line: string, status = 200): Response {
  return new Response(`${line}\n`, {
    status,
    headers: { "Content-Type": "text/plain; charset=utf-8", "X-Content-Type-Options": "nosniff" },
  });
}

/** @param allowed the methods that there are, `GET, POST`. */
export function refuseMethod(allowed: string): Response {
  return new Response(null, { status: 405, headers: { Allow: allowed } });
}
