import { refuse } from "./envelope.ts";
import type { Route } from "./route.ts";

export interface FoundRoute {
  readonly route: Route;
  /** What stands in the place of `{name}`, decoded; empty where the route has none. */
  readonly name: string;
}

/** The route that serves `method` on `path`, or the refusal: 404, or 405 where another method is served there. */
export function findRoute(routes: readonly Route[], method: string, path: string): FoundRoute | Response {
  const matching = routes.flatMap((route) => {
    const name = matchPath(route.path, path);
    return name === undefined ? [] : [{ route, name }];
  });
  const found = matching.find(({ route }) => route.method === method);
  if (found !== undefined) return found;
  const other = matching[0]?.route;
  // The routes of the original answer 404 to another verb, and clients may rely on it (C-11).
  if (other === undefined || other.isOriginal) {
    return refuse(404, "route-not-found", `Route ${method}:${path.slice(0, 300)} not found`, SEE_ALL);
  }
  const refusal = refuse(405, "method-not-allowed", `${other.path} is not for ${method}`, `use ${other.method}`);
  refusal.headers.set("allow", other.method);
  return refusal;
}

const SEE_ALL = "GET /v1/openapi.json describes every route";

/** Undefined where `path` is another one; `{name}` stands for one segment that is not empty. */
function matchPath(pattern: string, path: string): string | undefined {
  const [before = "", after] = pattern.split("{name}");
  if (after === undefined) return path === pattern ? "" : undefined;
  if (path.length <= before.length + after.length || !path.startsWith(before) || !path.endsWith(after))
    return undefined;
  const segment = path.slice(before.length, path.length - after.length);
  if (segment.includes("/")) return undefined;
  try {
    return decodeURIComponent(segment);
  } catch {
    return undefined;
  }
}
