import { expect, test } from "bun:test";
import { type ApiRig, createApiRig } from "./api-rig.ts";
import { reverse } from "./token-rig.ts";

test.each([
  [
    { type: "forward", token: "f2" },
    { success: true, token: "f2" },
  ],
  [
    { type: "reverse", token: "r2", port: 19_899 },
    { success: true, token: "r2", port: 19_899 },
  ],
  [
    { type: "reverse", token: "au", allow_manage_connector: true },
    { success: true, token: "au", port: -1 },
  ],
  [
    { type: "connector", token: "c2", reverse_token: "r1" },
    { success: true, token: "c2" },
  ],
  [
    { type: "connector", token: "c1", reverse_token: "r1" },
    { success: true, token: "c1" },
  ],
  [
    { type: "forward", token: "f2", port: null, surplus: [] },
    { success: true, token: "f2" },
  ],
  [
    { type: "forward", token: "f1" },
    { success: false, error: "token already exists" },
  ],
  [
    { type: "reverse", token: "c1" },
    { success: false, error: "token already exists" },
  ],
  [
    { type: "connector", token: "f1", reverse_token: "r1" },
    { success: false, error: "connector token already exists" },
  ],
  [
    { type: "forward", token: "anonymous" },
    { success: false, error: "'anonymous' is reserved and cannot be used as a token" },
  ],
  [
    { type: "connector", token: "anonymous", reverse_token: "r1" },
    { success: false, error: "'anonymous' is reserved and cannot be used as a connector token" },
  ],
  [
    { type: "reverse", port: 8080 },
    { success: false, error: "cannot allocate port: 8080" },
  ],
  [
    { type: "reverse", port: 70_000 },
    { success: false, error: "cannot allocate port: 70000" },
  ],
  [{ type: "connector" }, { success: false, error: "reverse_token is required for connector token" }],
  [
    { type: "connector", reverse_token: "no" },
    { success: false, error: "reverse token does not exist" },
  ],
])("POST %j answers 200 %j", async (body, expected) => {
  const { status, text, headers } = await withOneOfEach().ask("POST", "/api/token", { body });
  expect([status, text]).toEqual([200, `${JSON.stringify(expected)}\n`]);
  expect(headers.get("content-type")).toBe("application/json");
});

test.each([
  [{ type: "forward", deny: ["10.0.0.0/99"] }, 'no destination: "10.0.0.0/99"'],
  [{ type: "reverse", deny: ["*"] }, "allow and deny go with forward tokens alone"],
])("POST %j is refused: %s", async (body, error) => {
  const { ask, tokens } = withOneOfEach();
  const { status, text } = await ask("POST", "/api/token", { body });
  expect([status, text]).toEqual([200, `${JSON.stringify({ success: false, error })}\n`]);
  expect(tokens.list()).toHaveLength(3);
});

test.each([
  [{ type: "magic" }, "invalid token type"],
  [{}, "invalid token type"],
  ["", "invalid request body"],
  ["type=forward", "invalid request body"],
  [{ type: "reverse", port: "8080" }, "invalid request body"],
  [{ type: "forward", token: 7 }, "invalid request body"],
  [{ type: "reverse", allow_manage_connector: "yes" }, "invalid request body"],
])("POST %j answers 400 %s", async (body, error) => {
  const { ask, tokens } = withOneOfEach();
  const { status, text } = await ask("POST", "/api/token", { body });
  expect([status, text]).toEqual([400, `${JSON.stringify({ success: false, error })}\n`]);
  expect(tokens.list()).toHaveLength(3);
});

test("the API of a server takes what a reverse token's SOCKS port asks for", async () => {
  const { ask, tokens } = createApiRig();
  await ask("POST", "/api/token", { body: { type: "reverse", token: "r", username: "u", password: "p" } });
  expect(tokens.findByText("r")).toMatchObject({ kind: "reverse", username: "u", password: "p", autonomy: false });
});

test("the API of a server makes a token where none is given", async () => {
  const { ask, tokens } = createApiRig();
  const { text } = await ask("POST", "/api/token", { body: { type: "forward" } });
  expect(text).toMatch(/^\{"success":true,"token":"[0-9a-f]{16}"\}\n$/);
  expect(tokens.list()).toHaveLength(1);
});

test("the API of a server removes a token by its path", async () => {
  const { ask, tokens } = withOneOfEach();
  expect(await ask("DELETE", "/api/token/f1")).toMatchObject({ status: 200, text: '{"success":true,"token":"f1"}\n' });
  expect(tokens.findByText("f1")).toBeUndefined();
});

test.each(["/api/token", "/api/token/"])("the API of a server removes a token by the body, at %s", async (path) => {
  const { ask, tokens } = withOneOfEach();
  expect((await ask("DELETE", path, { body: { token: "f1" } })).text).toBe('{"success":true,"token":"f1"}\n');
  expect(tokens.findByText("f1")).toBeUndefined();
});

test("the API of a server removes a token whose path is encoded", async () => {
  const { ask, tokens } = createApiRig();
  tokens.addForward("a/b c?é");
  await ask("DELETE", `/api/token/${encodeURIComponent("a/b c?é")}`);
  expect(tokens.list()).toEqual([]);
});

test("the API of a server says that there is no such token", async () => {
  const { ask, tokens } = withOneOfEach();
  const expected = { status: 200, text: '{"success":false,"error":"token not found"}\n' };
  expect(await ask("DELETE", "/api/token/no")).toMatchObject(expected);
  expect(await ask("DELETE", "/api/token", { body: { token: "no" } })).toMatchObject(expected);
  expect(tokens.list()).toHaveLength(3);
});

test.each([undefined, {}, { token: "" }, "f1"])(
  "the API of a server removes nothing where the body is %j",
  async (body) => {
    const answer = await withOneOfEach().ask("DELETE", "/api/token", { body });
    expect(answer).toMatchObject({ status: 200, text: '{"success":false,"error":"token not specified"}\n' });
  },
);

/** Forward `f1`, reverse `r1` at port 8080, and `c1`, which leads to `r1`. */
function withOneOfEach(): ApiRig {
  const rig = createApiRig();
  rig.tokens.addForward("f1");
  rig.tokens.addReverse(reverse("r1", { port: 8080 }));
  rig.tokens.addConnector("c1", "r1");
  return rig;
}
