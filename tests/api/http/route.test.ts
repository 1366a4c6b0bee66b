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

test("what is wrong with an input is said in at most 300 characters, for it may repeat the input", async () => {
  const strict = defineRoute("POST /x", "", { body: v.literal("right"), data: v.string() }, () => "");
  const answer = await strict.answer({ name: "", query: {}, headers: {}, body: "x".repeat(1_000), receivedAt: 0 });
  const { error } = v.parse(v.object({ error: v.object({ message: v.string() }) }), await answer.json());
  expect(error.message).toHaveLength(300);
});

function nameIn(method: string, path: string): string | number {
  const found = findRoute(ROUTES, method, path);
  return found instanceof Response ? found.status : found.name;
}

function route(path: string, method: "GET" | "POST" = "GET"): Route {
  return defineRoute(`${method} ${path}`, "", { data: v.string() }, () => "");
}
