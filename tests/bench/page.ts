/** A web server behind the far end, with one short page. */
export function startPage(): AsyncDisposable & { readonly port: number } {
  const server = Bun.serve({ hostname: "127.0.0.1", port: 0, fetch: () => new Response("carried") });
  return { port: Number(server.port), [Symbol.asyncDispose]: () => server.stop(true) };
}
