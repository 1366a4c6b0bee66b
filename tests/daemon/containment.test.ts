import { afterEach, expect, mock, spyOn, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import * as v from "valibot";
import { statusSchema } from "../../src/api/control/schemas.ts";
import * as routes from "../../src/api/http/route.ts";
import * as commands from "../../src/api/line/command.ts";
import * as delivery from "../../src/api/stream/delivery.ts";
import { startDaemon } from "../../src/daemon/daemon.ts";
import { type Fault, listenForFaults } from "../../src/platform/containment.ts";
import { ask } from "../rig/line-client.ts";
import { until } from "../rig/until.ts";
import { connectWatched } from "../rig/watched-connection.ts";
import { makeDaemonHome } from "./daemon-home.ts";

afterEach(() => mock.restore());

test("a fault in the answer to one line ends that client, and a bystander is answered on his own connection", async () => {
  await using rig = await open();
  const bystander = await connectWatched(rig.port);
  const parse = commands.parseLine;
  spyOn(commands, "parseLine").mockImplementation((line) => {
    if (Buffer.from(line).includes("whoami")) throw new Error("a defect of the line");
    return parse(line);
  });
  const victim = await connectWatched(rig.port);
  victim.write("whoami:\n");
  await until("the victim is cut off", () => victim.closed());
  bystander.write("state:\n");
  await until("the bystander's answer", () => bystander.received().includes('"CMD":"state"'));
  expect(rig.faults).toMatchObject([{ part: "line protocol", message: "a defect of the line" }]);
  bystander.end();
});

test("a fault in sending to one client of the stream ends that one, and the others hear on", async () => {
  await using rig = await open();
  const victim = await listen(rig.stream());
  const bystander = await listen(rig.stream());
  const deliver = delivery.deliver;
  let isFirst = true;
  spyOn(delivery, "deliver").mockImplementation((...given) => {
    if (isFirst) {
      isFirst = false;
      throw new Error("a defect of the stream");
    }
    deliver(...given);
  });
  await rig.publish();
  await until("the victim is ended", () => victim.closed() !== undefined);
  await until("the bystander hears", () => bystander.heard.some((text) => text.includes("GatewayContract")));
  expect(victim.closed()).toBe(1011);
  expect(rig.faults).toMatchObject([{ part: "event stream", message: "a defect of the stream" }]);
  bystander.close();
});

test("a fault in the answer to a request is that request's alone, is told, and is in the status", async () => {
  await using rig = await open();
  spyOn(routes, "findRoute").mockImplementationOnce(() => {
    throw new Error("a defect of a request");
  });
  const request = (path: string) => fetch(`http://localhost${path}`, { unix: rig.control });
  expect((await request("/v1/identity")).status).toBe(500);
  const { data } = v.parse(v.object({ data: statusSchema }), await (await request("/v1/status")).json());
  expect(data.daemon.faults?.last).toMatchObject({ part: "control API", message: "a defect of a request" });
  expect(data.daemon.faults?.byPart["control API"]).toBeGreaterThan(0);
  expect((await ask(rig.port, "state:")).error).toBeNull();
});

async function open() {
  const home = makeDaemonHome();
  writeFileSync(home.paths.settings, "stream: { port: 0 }\n");
  const said: string[] = [];
  const daemon = await startDaemon({ ...home.options, say: (line) => said.push(line) });
  const faults: Fault[] = [];
  const stop = listenForFaults((fault) => void faults.push(fault));
  const find = (pattern: RegExp) => pattern.exec(said.join("\n"))?.[1] ?? "";
  const control = join(home.paths.own, "control.sock");
  return {
    faults,
    control,
    port: Number(find(/listening on 127\.0\.0\.1:(\d+)/)),
    stream: () => find(/Event stream on (ws:\S+)/),
    publish: () =>
      fetch("http://localhost/v1/events", {
        unix: control,
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({
          type: "GatewayContract",
          account_id: null,
          data: { contractId: "A", name: "a", symbolId: "F.US.A", tickSize: 0.25, tickValue: 1.25 },
        }),
      }),
    async [Symbol.asyncDispose]() {
      stop();
      mock.restore();
      await daemon.stop("cli-stop");
      home[Symbol.dispose]();
    },
  };
}

async function listen(url: string) {
  const socket = new WebSocket(url);
  const heard: string[] = [];
  let code: number | undefined;
  socket.onmessage = ({ data }) => void heard.push(String(data));
  socket.onclose = (event) => {
    code = event.code;
  };
  await until("it is open", () => socket.readyState === WebSocket.OPEN);
  return { heard, closed: () => code, close: () => socket.close() };
}
