import { expect, test } from "bun:test";
import { LINKSOCKS_RELEASE } from "../../../src/linksocks/server/api.ts";
import { createApiRig } from "./api-rig.ts";

test.each(["GET", "POST", "HEAD", "DELETE"])("the API of a server says at / by %s that it runs", async (method) => {
  const { status, text, headers } = await createApiRig().ask(method, "/");
  expect(status).toBe(200);
  expect(headers.get("content-type")).toBe("text/plain; charset=utf-8");
  expect(text).toBe(`LinkSocks ${LINKSOCKS_RELEASE} is running. API endpoints available at /api/*\n`);
});

test("the API of a server says at / that there is no API without a key, and has none", async () => {
  const { ask } = createApiRig("");
  expect((await ask("GET", "/")).text).toBe(`LinkSocks ${LINKSOCKS_RELEASE} is running but API is not enabled.\n`);
  for (const path of ["/api/status", "/api/token", "/api/token/f1"]) {
    expect(await ask("GET", path)).toMatchObject({ status: 404, text: "404 page not found\n" });
    expect(await ask("GET", path, { headers: { "X-API-Key": "" } })).toMatchObject({ status: 404 });
  }
});

test.each(["/nothing", "/api", "/api/", "/api/tokens", "/api/status/", "/index.html"])(
  "the API of a server has nothing at %s",
  async (path) => {
    const { status, text, headers } = await createApiRig().ask("GET", path);
    expect([status, text]).toEqual([404, "404 page not found\n"]);
    expect(headers.get("content-type")).toBe("text/plain; charset=utf-8");
  },
);

test.each([
  ["GET", "/api/status"],
  ["POST", "/api/token"],
  ["DELETE", "/api/token/f1"],
  ["PUT", "/api/status"],
])("the API of a server refuses %s %s with a wrong key and without one", async (method, path) => {
  const { ask, tokens } = createApiRig();
  tokens.addForward("f1");
  for (const key of ["", "the-api-keY", "the-api-key ü"]) {
    const { status, text, headers } = await ask(method, path, { headers: { "X-API-Key": key } });
    expect([status, text]).toEqual([401, '{"success":false,"error":"invalid API key"}\n']);
    expect(headers.get("content-type")).toBe("application/json");
  }
  expect(tokens.list()).toHaveLength(1);
});

test("the API of a server listens no more to who has shown a hundred wrong keys", async () => {
  const { ask } = createApiRig();
  const wrong = { headers: { "X-API-Key": "wrong" } };
  for (let count = 0; count < 100; count++) expect((await ask("GET", "/api/status", wrong)).status).toBe(401);
  for (const options of [wrong, {}]) {
    const { status, text, headers } = await ask("GET", "/api/status", options);
    expect([status, text]).toEqual([429, '{"success":false,"error":"too many failed attempts"}\n']);
    expect(headers.get("retry-after")).toBe("1");
  }
  expect((await ask("GET", "/api/status", { address: "192.0.2.2" })).status).toBe(200);
  expect((await ask("GET", "/")).status).toBe(200);
});

test.each(["http://evil.example", "http://server.example:8765", "null"])(
  "the API of a server refuses a page of %s",
  async (origin) => {
    const { ask, tokens } = createApiRig();
    const options = { headers: { Origin: origin }, body: { type: "forward", token: "f1" } };
    const { status, headers } = await ask("POST", "/api/token", options);
    expect([status, headers.has("access-control-allow-origin")]).toEqual([403, false]);
    expect(tokens.list()).toEqual([]);
  },
);

test.each([
  ["POST", "/api/status"],
  ["HEAD", "/api/status"],
  ["GET", "/api/token"],
  ["PUT", "/api/token/f1"],
])("the API of a server does not know %s %s", async (method, path) => {
  expect(await createApiRig().ask(method, path)).toMatchObject({ status: 405, text: "" });
});
