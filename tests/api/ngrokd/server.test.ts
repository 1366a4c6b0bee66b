import { afterEach, beforeEach, expect, test } from "bun:test";
import { existsSync, statSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { type NgrokdSocket, startNgrokdSocket } from "../../../src/api/ngrokd/server.ts";
import { endpointEntry, endpointsDocument, endpointsService } from "../../rig/endpoints-service.ts";
import { temporaryFolder } from "../../rig/temporary-folder.ts";

let folder: ReturnType<typeof temporaryFolder>;
let door: NgrokdSocket;
let asked: readonly string[];
let document = endpointsDocument();

beforeEach(() => {
  folder = temporaryFolder();
  document = endpointsDocument();
  open();
});

afterEach(() => {
  door.stop();
  folder[Symbol.dispose]();
});

test("a request without a line's end or an end of the stream gets one line of JSON, and the connection is closed", async () => {
  const answer = await ask('{"command":"status"}');
  expect(answer).toBe(
    '{"success":true,"data":{"registered":true,"operator_id":"k8sop_2abc","endpoint_count":0,"ingress_endpoint":"ingress.example:443"}}\n',
  );
});

test("a request in many writes, with blanks before it and other bytes after it, is answered as one", async () => {
  expect(await ask(...' \n{"args":["}\\"{"],"command":"list"} and more')).toBe('{"success":true,"data":[]}\n');
});

test("list has the members that ngrokd gives, and the URL as ngrok writes it", async () => {
  document = endpointsDocument({
    endpoints: [
      endpointEntry(),
      endpointEntry({ url: "http://app.example:80", hostname: "app.example", port: 80, state: "failed", ip: null }),
    ],
  });
  expect(JSON.parse(await ask('{"command":"list"}'))).toEqual({
    success: true,
    data: [
      {
        id: "ep_2abc",
        hostname: "db.example",
        ip: "127.107.0.3",
        port: 5_432,
        url: "tcp://db.example:5432",
        local_listener: true,
        network_port: 0,
        listen_interface: "virtual",
      },
      {
        id: "ep_2abc",
        hostname: "app.example",
        ip: "",
        port: 80,
        url: "http://app.example",
        local_listener: false,
        network_port: 0,
        listen_interface: "virtual",
      },
    ],
  });
});

test("a daemon that is not registered gives no operator id", async () => {
  const [source] = endpointsDocument().sources;
  document = endpointsDocument({
    sources: source === undefined ? [] : [{ ...source, registered: false, operatorId: null }],
  });
  const { data } = JSON.parse(await ask('{"command":"status"}'));
  expect([data.registered, "operator_id" in data]).toEqual([false, false]);
});

test("names of members are taken in any case, and characters of HTML are escaped as Go escapes them", async () => {
  expect(await ask('{"Command":"<status>&"}')).toBe(
    '{"success":false,"error":"unknown command: \\u003cstatus\\u003e\\u0026"}\n',
  );
});

test("set-api-key hands the key on without blanks, and an answer never holds it", async () => {
  expect(await ask('{"command":"set-api-key","args":[" key_1 "]}')).toBe(
    '{"success":true,"data":"API key set successfully"}\n',
  );
  expect(asked).toEqual(["key key_1"]);
});

test("set-api-key without a key is refused", async () => {
  for (const args of ["", ',"args":[]', ',"args":null', ',"args":[" "]'])
    expect(await ask(`{"command":"set-api-key"${args}}`)).toBe('{"success":false,"error":"API key required"}\n');
  expect(asked).toEqual([]);
});

test("what is no JSON object is told that it cannot be decoded", async () => {
  for (const text of ["not json", '"status"', "[]", '{"command":1}', '{"command":"status","args":{}}', "{]}"])
    expect(await ask(text)).toMatch(/^\{"success":false,"error":"failed to decode command: /);
});

test("a stream that ends within its request is told so", async () => {
  expect(await ask('{"command":"sta', "END")).toContain("unexpected EOF");
  expect(await ask("END")).toContain("failed to decode command: EOF");
});

test("a request of a megabyte is refused at its bound", async () => {
  expect(await ask(`{"command":"${"x".repeat(1024 * 1024)}`)).toContain("longer than 65536 bytes");
});

test("poll, reload and refresh-cert are answered once they are done", async () => {
  for (const command of ["poll", "reload", "refresh-cert"])
    expect(JSON.parse(await ask(`{"command":"${command}"}`)).success).toBe(true);
  expect(asked).toEqual(["poll", "reload", "certificate"]);
});

test("a daemon that serves more than endpoints does not end for this door", async () => {
  expect(JSON.parse(await ask('{"command":"shutdown"}')).success).toBe(false);
});

test("two hundred clients at once are all answered", async () => {
  const answers = await Promise.all(Array.from({ length: 200 }, () => ask('{"command":"list"}')));
  expect(new Set(answers)).toEqual(new Set(['{"success":true,"data":[]}\n']));
});

test("the socket is for its owner alone, or for whom its mode lets in", () => {
  expect(statSync(door.path).mode & 0o777).toBe(0o600);
  door.stop();
  open(0o660);
  expect(statSync(door.path).mode & 0o777).toBe(0o660);
});

test("a file that a dead process left is replaced, and its own is gone after the end", () => {
  const { path } = door;
  door.stop();
  expect(existsSync(path)).toBe(false);
  writeFileSync(path, "");
  open();
  expect(statSync(path).isSocket()).toBe(true);
});

function open(mode = 0o600): void {
  const made = endpointsService(() => document);
  asked = made.asked;
  door = startNgrokdSocket({ path: join(folder.path, "ngrokd.sock"), mode, service: made.service, version: "1.2.3" });
}

/** Sends each part by itself; `END` ends the stream. */
function ask(...parts: readonly string[]): Promise<string> {
  const outcome = Promise.withResolvers<string>();
  let answer = "";
  const socket = connect({ path: door.path, allowHalfOpen: true }, async () => {
    for (const part of parts) {
      if (part === "END") socket.end();
      else socket.write(part);
      if (parts.length > 1) await new Promise((resolve) => setImmediate(resolve));
    }
  });
  socket.on("data", (bytes) => {
    answer += bytes.toString();
  });
  socket.on("end", () => {
    socket.end();
    outcome.resolve(answer);
  });
  // It may still be sending what nobody reads any more.
  socket.on("error", () => undefined);
  socket.on("close", () => outcome.resolve(answer));
  return outcome.promise;
}
