import { expect, test } from "bun:test";
import { authenticate } from "../../../src/linksocks/server/authenticate.ts";
import { createTestRegistry, reverse, sha256 } from "./token-rig.ts";

const REFUSED = "invalid token";

test.each([
  ["forward", null, "client"],
  ["forward", "", "client"],
  ["forward", "false", "client"],
  ["forward", "0", "client"],
  ["forward", "TRUE", "client"],
  ["forward", "true", REFUSED],
  ["forward", "1", REFUSED],
  ["connector", null, "connector"],
  ["connector", "false", "connector"],
  ["connector", "true", REFUSED],
  ["reverse", null, "provider"],
  ["reverse", "", "provider"],
  ["reverse", "true", "provider"],
  ["reverse", "1", "provider"],
  ["reverse", "false", REFUSED],
  ["reverse", "yes", REFUSED],
  ["unknown", null, REFUSED],
  ["unknown", "true", REFUSED],
])("a URL with a %s token and reverse %p leads to %s", (token, wanted, outcome) => {
  expect(decide({ by: "url", token: sha256(token), reverse: wanted, instance: "" })).toBe(outcome);
});

test.each([
  ["forward", false, "client"],
  ["forward", true, REFUSED],
  ["connector", false, "connector"],
  ["connector", true, REFUSED],
  ["reverse", true, "provider"],
  ["reverse", false, REFUSED],
  ["unknown", false, REFUSED],
  ["anonymous", true, REFUSED],
  ["", false, REFUSED],
])("an Auth message with a %s token and reverse %p leads to %s", (token, wanted, outcome) => {
  expect(decide({ by: "message", token, reverse: wanted, instance: "" })).toBe(outcome);
});

test("a hash in upper case is unknown", () => {
  const token = sha256("forward").toUpperCase();
  expect(decide({ by: "url", token, reverse: null, instance: "" })).toBe(REFUSED);
});

test.each(["forward", "", sha256("forward").slice(1), `${sha256("forward")}0`])("%p is no hash", (token) => {
  expect(decide({ by: "url", token, reverse: null, instance: "" })).toBe("invalid token format");
});

test("a hash is no token for an Auth message", () => {
  expect(decide({ by: "message", token: sha256("forward"), reverse: false, instance: "" })).toBe(REFUSED);
});

test("the authentication tells whose token it is", () => {
  const { tokens } = createTestRegistry();
  const token = tokens.addForward("forward");
  expect(authenticate({ by: "message", token: "forward", reverse: false, instance: "" }, tokens)).toEqual({
    isAccepted: true,
    token,
    role: "client",
  });
});

/** @returns the role, or why there is none. */
function decide(credentials: Parameters<typeof authenticate>[0]): string {
  const { tokens } = createTestRegistry();
  tokens.addForward("forward");
  tokens.addReverse(reverse("reverse"));
  tokens.addConnector("connector", "reverse");
  const decision = authenticate(credentials, tokens);
  return decision.isAccepted ? decision.role : decision.reason;
}
