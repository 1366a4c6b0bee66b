import { expect, test } from "bun:test";
import * as v from "valibot";
import { defineRoute, findRoute, type Route } from "../../../src/api/http/route.ts";

const ROUTES = [route("/v1/tunnels"), route("/v1/tunnels/{name}"), route("/v1/tunnels/{name}/up", "POST")];

test("a name is one segment, decoded and not empty", () => {
  expect(nameIn("GET", "/v1/tunnels")).toBe("");
  expect(nameIn("GET", "/v1/tunnels/us-east")).toBe("us-east");
  expect(nameIn("POST", "/v1/tunnels/up/up")).toBe("up");
  expect(nameIn("GET", "/v1/tunnels/a%2Fb%20c")).toBe("a/b c");
  for (const path of ["/v1/tunnels/", "/v1/tunnels//up", "/v1/tunnels/a/b/up", "/v1/tunnels/%zz", "/v1/tunnels/up/"]) {
    expect(nameIn("POST", path)).toBe(404);
  }
});

test("another verb is 405", () => {
  expect(nameIn("POST", "/v1/tunnels")).toBe(405);
  expect(nameIn("GET", "/v1/tunnels/us-east/up")).toBe(405);
});

function nameIn(method: string, path: string): string | number {
  const found = findRoute(ROUTES, method, path);
  return found instanceof Response ? found.status : found.name;
}

function route(path: string, method: "GET" | "POST" = "GET"): Route {
  return defineRoute(`${method} ${path}`, "", { data: v.string() }, () => "");
}
