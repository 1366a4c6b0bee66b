import { describe, expect, test } from "bun:test";
import { freePort } from "../../rig/free-port.ts";
import { webOk } from "../../rig/linksocks-checks.ts";
import { OWN_LINKSOCKS } from "../../rig/linksocks-own.ts";
import { serverUrl } from "../../rig/linksocks-peer.ts";
import { until } from "../../rig/until.ts";
import { SERVER_LOST } from "./log-lines.ts";
import { PAIRS } from "./matrix.ts";
import { openTargets } from "./targets.ts";

const token = "forward";
/** What clients say of the delays after a first and a second failure; ours vary by up to a tenth. */
const FIRST_DELAY = /again in (?:0\.9|1\.[01]) s|waiting 1s/;
const SECOND_DELAY = /again in 1\.[3-7] s|waiting 1\.5s/;

const { web } = openTargets();

test("our own client's default reconnect delay is 1 s", async () => {
  const options = { url: serverUrl(freePort()), token, awaitReady: false };
  await using client = await OWN_LINKSOCKS.start("client", options);
  await until("a failure", () => SERVER_LOST.test(client.output()));
  expect(client.output()).toMatch(FIRST_DELAY);
});

describe("reconnect, after an established connection drops and the server returns: web ok", () => {
  for (const { server: serverProgram, client: clientProgram } of PAIRS) {
    test.concurrent(`server ${serverProgram.name}, client ${clientProgram.name}: the back-off was reset`, async () => {
      const port = freePort();
      const options = { url: serverUrl(port), token, socksNoWait: true, awaitReady: false };
      await using client = await clientProgram.start("client", options);
      await until("two failures", () => SECOND_DELAY.test(client.output()));
      await using first = await serverProgram.start("server", { port, token });
      await webOk({ port: client.socksPort }, web());

      const before = client.output().length;
      await first.end();
      await until("the connection drops", () => SERVER_LOST.test(client.output().slice(before)));
      await using _second = await serverProgram.start("server", { port, token });
      await webOk({ port: client.socksPort }, web());
      expect(client.output().slice(before)).toMatch(FIRST_DELAY);
    });
  }
});
