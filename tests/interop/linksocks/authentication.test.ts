import { describe, expect, test } from "bun:test";
import { webOk } from "../../rig/linksocks-checks.ts";
import { OWN_LINKSOCKS } from "../../rig/linksocks-own.ts";
import { until } from "../../rig/until.ts";
import { PAIRS } from "./matrix.ts";
import { openTargets } from "./targets.ts";

const REFUSAL = /authentication failed/gi;

const { web } = openTargets();

describe("authentication, a wrong token without retry-auth: the start fails with an error", () => {
  for (const { server: serverProgram, client: clientProgram } of PAIRS) {
    for (const role of ["client", "provider", "connector"] as const) {
      test(`server ${serverProgram.name}, ${role} ${clientProgram.name}`, async () => {
        const reverse = role !== "client";
        await using server = await serverProgram.start("server", { token: "right", reverse });
        const starting = clientProgram.start(role, { url: server.url, token: "wrong" });
        await expect(starting).rejects.toThrow("invalid token");
      });
    }
  }
});

describe("authentication, a wrong token with retry-auth: still running after two refusals; a second client: web ok", () => {
  for (const { server: serverProgram, client: clientProgram } of PAIRS.filter(({ client }) => canRetry(client.name))) {
    test.concurrent(`server ${serverProgram.name}, client ${clientProgram.name}`, async () => {
      await using server = await serverProgram.start("server", { token: "right" });
      const { url } = server;
      const wrong = { url, token: "wrong", retryAuth: true, awaitReady: false };
      await using refused = await clientProgram.start("client", wrong);
      await until("two refusals", () => (refused.output().match(REFUSAL)?.length ?? 0) >= 2);
      expect(refused.hasEnded()).toBe(false);
      await using accepted = await clientProgram.start("client", { url, token: "right" });
      await webOk({ port: accepted.socksPort }, web());
      expect(refused.hasEnded()).toBe(false);
    });
  }
});

/** The Python API does not offer it. */
function canRetry(name: string): boolean {
  return name === OWN_LINKSOCKS.name || name === "native Go";
}
