import { expect, test } from "bun:test";
import { TokenError } from "../../../src/linksocks/server/token-registry.ts";
import { createTestRegistry, reverse, sha256 } from "./token-rig.ts";

test("a registry of tokens finds a token by its text and by the hash that a URL holds", () => {
  const { tokens } = createTestRegistry();
  const token = tokens.addForward("secret-token");
  expect(token).toMatchObject({ kind: "forward", text: "secret-token" });
  expect(tokens.findByText("secret-token")).toBe(token);
  expect(tokens.findByHash("930bbdc51b6aed5c2a5678fd6e28dee7a05e8a4b643cfc0b4427c3efb86c0d94")).toBe(token);
});

test("a registry of tokens finds nothing by another spelling, another hash, or the hash given as the text", () => {
  const { tokens } = createTestRegistry();
  tokens.addForward("secret-token");
  expect(tokens.findByHash(sha256("secret-token").toUpperCase())).toBeUndefined();
  expect(tokens.findByHash("secret-token")).toBeUndefined();
  expect(tokens.findByText(sha256("secret-token"))).toBeUndefined();
  expect(tokens.findByHash(sha256(sha256("secret-token")))).toBeUndefined();
});

test("a registry of tokens makes tokens of 16 hexadecimal characters where none is given", () => {
  const { tokens } = createTestRegistry();
  const texts = [
    tokens.addForward("").text,
    tokens.addReverse(reverse("")).text,
    tokens.addReverse(reverse("r")).text && tokens.addConnector("", "r").text,
  ];
  for (const text of texts) expect(text).toMatch(/^[0-9a-f]{16}$/);
  expect(new Set(texts).size).toBe(3);
});

test("a registry of tokens gives a reverse token a port of the pool, the one it asks for, or −1 with autonomy", () => {
  const { tokens } = createTestRegistry();
  expect([3000, 3001, 3002]).toContain(tokens.addReverse(reverse("pool")).port);
  expect(tokens.addReverse(reverse("own", { port: 8080, username: "u", password: "p" }))).toMatchObject({
    port: 8080,
    username: "u",
    password: "p",
  });
  expect(tokens.addReverse(reverse("free", { port: 8080, autonomy: true })).port).toBe(-1);
});

test("a registry of tokens gives back the port of a removed token", () => {
  const { tokens } = createTestRegistry();
  tokens.addReverse(reverse("first", { port: 3000 }));
  expect(() => tokens.addReverse(reverse("second", { port: 3000 }))).toThrow("cannot allocate port: 3000");
  expect(tokens.findByText("second")).toBeUndefined();
  tokens.remove("first");
  expect(tokens.addReverse(reverse("second", { port: 3000 })).port).toBe(3000);
});

test("a registry of tokens keeps the port of a token whose name is given a second time", () => {
  const { tokens } = createTestRegistry();
  tokens.addReverse(reverse("r", { port: 3000 }));
  expect(() => tokens.addReverse(reverse("r", { port: 3001 }))).toThrow("token already exists");
  expect(tokens.addReverse(reverse("other", { port: 3001 })).port).toBe(3001);
});

test.each([-1, 65_536, 70_000])("a registry of tokens refuses port %p", (port) => {
  const { tokens } = createTestRegistry();
  expect(() => tokens.addReverse(reverse("r", { port }))).toThrow(new TokenError(`cannot allocate port: ${port}`));
});

test("a registry of tokens refuses when the pool is empty", () => {
  const { tokens } = createTestRegistry();
  for (const text of ["a", "b", "c"]) tokens.addReverse(reverse(text));
  expect(() => tokens.addReverse(reverse("d"))).toThrow("cannot allocate port: 0");
});

const LONG = "é".repeat(128);

test.each([
  ["anonymous", "'anonymous' is reserved and cannot be used as a token"],
  ["taken", "token already exists"],
  ["r", "token already exists"],
  ["c", "token already exists"],
  [LONG, "a token has at most 255 bytes"],
])("a registry of tokens refuses a forward or reverse token %p", (text, message) => {
  const { tokens } = withOneOfEach();
  expect(() => tokens.addForward(text)).toThrow(new TokenError(message));
  expect(() => tokens.addReverse(reverse(text))).toThrow(new TokenError(message));
});

test.each([
  ["anonymous", "r", "'anonymous' is reserved and cannot be used as a connector token"],
  ["taken", "r", "connector token already exists"],
  ["r", "r", "connector token already exists"],
  ["c", "other", "connector token already exists"],
  [LONG, "r", "a token has at most 255 bytes"],
  ["new", "nowhere", "reverse token does not exist"],
  ["new", "taken", "reverse token does not exist"],
  ["new", "c", "reverse token does not exist"],
])("a registry of tokens refuses a connector token %p that leads to %p", (text, reverseToken, message) => {
  const { tokens } = withOneOfEach();
  expect(() => tokens.addConnector(text, reverseToken)).toThrow(new TokenError(message));
});

test.each(["username", "password"] as const)("a registry of tokens refuses a %s that SOCKS5 cannot carry", (name) => {
  const { tokens } = createTestRegistry();
  expect(() => tokens.addReverse(reverse("r", { [name]: LONG }))).toThrow(`a ${name} has at most 255 bytes`);
  expect(tokens.addReverse(reverse("r", { [name]: "x".repeat(255) })).text).toBe("r");
});

test("a registry of tokens adds a connector token once for the same owner, and for nobody else", () => {
  const { tokens, heard } = withOneOfEach();
  const mine = tokens.addConnector("mine", "r", "me");
  expect(tokens.addConnector("mine", "r", "me")).toBe(mine);
  for (const owner of ["you", undefined]) {
    expect(() => tokens.addConnector("mine", "r", owner)).toThrow("connector token already exists");
  }
  expect(() => tokens.addConnector("mine", "other", "me")).toThrow("connector token already exists");
  expect(tokens.addConnector("c", "r").owner).toBeUndefined();
  expect(() => tokens.addConnector("c", "r", "me")).toThrow("connector token already exists");
  expect(heard.filter((text) => text === "+mine" || text === "+c")).toEqual(["+c", "+mine"]);
});

test("a registry of tokens lets an owner remove its own connector tokens only", () => {
  const { tokens, heard } = withOneOfEach();
  tokens.addConnector("mine", "r", "me");
  heard.length = 0;
  for (const [text, reverseToken, owner] of [
    ["mine", "r", "you"],
    ["mine", "other", "me"],
    ["c", "r", "me"],
    ["r", "r", "me"],
    ["taken", "r", "me"],
    ["nowhere", "r", "me"],
  ] as const) {
    expect(tokens.removeOwned(text, reverseToken, owner)).toBe(false);
  }
  expect(heard).toEqual([]);
  expect(tokens.removeOwned("mine", "r", "me")).toBe(true);
  expect(heard).toEqual(["-mine"]);
  expect(tokens.addConnector("mine", "r", "you").owner).toBe("you");
});

test("a registry of tokens removes the connector tokens of a reverse token with it, whoever added them", () => {
  const { tokens, heard } = withOneOfEach();
  tokens.addConnector("mine", "r", "me");
  tokens.addConnector("elsewhere", "other");
  heard.length = 0;
  expect(tokens.remove("r")).toBe(true);
  expect(heard.toSorted()).toEqual(["-c", "-mine", "-r"]);
  expect(tokens.list().map(({ text }) => text)).toEqual(["taken", "other", "elsewhere"]);
  expect(tokens.findByText("c")).toBeUndefined();
});

test("a registry of tokens removes a forward token alone, and nothing where there is none", () => {
  const { tokens, heard } = withOneOfEach();
  heard.length = 0;
  expect([tokens.remove("taken"), tokens.remove("taken"), tokens.remove("nowhere")]).toEqual([true, false, false]);
  expect(heard).toEqual(["-taken"]);
});

test("a registry of tokens lets providers add 10,000 connector tokens to a reverse token, while the server may add more", () => {
  const { tokens } = createTestRegistry();
  tokens.addReverse(reverse("r", { autonomy: true }));
  for (let count = 0; count < 10_000; count++) tokens.addConnector(`c${count}`, "r", `owner ${count % 7}`);
  expect(() => tokens.addConnector("more", "r", "me")).toThrow("too many connector tokens");
  expect(tokens.addConnector("more", "r").text).toBe("more");
});

test("a registry of tokens tells no token in an error", () => {
  const { tokens } = withOneOfEach();
  expect(() => tokens.addForward("taken")).not.toThrow(/taken/);
  expect(() => tokens.addConnector("new", "nowhere")).not.toThrow(/nowhere/);
});

/** Forward `taken`, reverse `r` and `other`, and `c`, which leads to `r`. */
function withOneOfEach() {
  const rig = createTestRegistry();
  rig.tokens.addForward("taken");
  rig.tokens.addReverse(reverse("r"));
  rig.tokens.addReverse(reverse("other"));
  rig.tokens.addConnector("c", "r");
  return rig;
}
