import { expect, test } from "bun:test";
import { existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { callWpdaemon } from "../rig/command-line.ts";
import { EXECUTABLE } from "../rig/daemon-process.ts";
import { addressIn, exchange, openConnection } from "../rig/endpoint-names.ts";
import { freePort } from "../rig/free-port.ts";
import { startGoIngress } from "../rig/go-ingress.ts";
import { type LoggedProcess, startLogged } from "../rig/logged-process.ts";
import { startNgrokApi } from "../rig/ngrok-api.ts";
import { temporaryFolder } from "../rig/temporary-folder.ts";
import { until } from "../rig/until.ts";

const BEFORE = "127.0.0.1\tlocalhost\n";
const DB = { id: "ep_db", url: "tcp://db.example:5432", proto: "tcp", bindings: ["kubernetes"] };
const APP = { id: "ep_app", url: "http://app.example", proto: "http", bindings: ["kubernetes"] };

test("a machine registers with ngrok, and a name of it carries each connection to the ingress and its half-close back", async () => {
  await using world = await openWorld();
  const { api, hosts } = world;
  api.endpoints = [DB, APP];
  await world.start();
  const ip = await until("the name", () => addressIn(hosts, "db.example"));
  const text = "x".repeat(100_000);
  expect(await exchange(ip, 5_432, text)).toBe(text);
  const [heard] = await world.ingress.heard(1);
  expect(heard).toMatchObject({
    frame: "0f000a0a64622e6578616d706c6510b82a",
    host: "db.example",
    port: 5_432,
    serverName: "localhost",
    protocol: "",
    received: text.length,
  });
  expect(api.count("POST /kubernetes_operators")).toBe(1);
  expect(readFileSync(join(world.state, "operator_id"), "utf8")).toBe([...api.operators.keys()].join());
  const list = await world.call("list", "--json");
  expect(JSON.parse(list.output).map(({ url, ip }: { url: string; ip: string }) => [url, ip.split(".")[0]])).toEqual([
    ["http://app.example", "127"],
    ["tcp://db.example:5432", "127"],
  ]);
});

test("a key that comes over the socket registers the machine before the answer, is kept, and shows nowhere", async () => {
  await using world = await openWorld({ key: "" });
  const { api } = world;
  api.key = "key_1";
  api.endpoints = [DB];
  const daemon = await world.start();
  expect(JSON.parse((await world.call("status", "--json")).output).sources[0].state).toBe("waiting_for_key");
  const refused = await world.call("set-api-key", "key_wrong");
  expect([refused.code, refused.complaint.includes("key_wrong")]).toEqual([1, false]);
  expect((await world.call("set-api-key", "key_1")).code).toBe(0);
  expect(api.count("POST /kubernetes_operators")).toBe(1);
  const text = readFileSync(world.file, "utf8");
  expect([text.includes('key: "key_1"'), text.includes("# mine"), statSync(world.file).mode & 0o777]).toEqual([
    true,
    true,
    0o600,
  ]);
  expect(daemon.output()).not.toContain("key_1");
});

test("two keys at once register the machine once", async () => {
  await using world = await openWorld({ key: "" });
  await world.start();
  const calls = await Promise.all([world.call("set-api-key", "key_1"), world.call("set-api-key", "key_1")]);
  expect(calls.map(({ code }) => code)).toEqual([0, 0]);
  expect(world.api.count("POST /kubernetes_operators")).toBe(1);
});

test("a file that the key cannot be written into keeps the former key in force, and says so", async () => {
  await using world = await openWorld();
  await world.start();
  await until("the registration", () => world.api.operators.size === 1);
  writeFileSync(world.file, `${readFileSync(world.file, "utf8").replace("api:", "api: &a")}\nhealth: *a\n`);
  const { code, complaint } = await world.call("set-api-key", "key_2");
  expect([code, complaint]).toEqual([1, expect.stringContaining("cannot be edited")]);
  expect(readFileSync(world.file, "utf8")).not.toContain("key_2");
  const calls = world.api.requests.length;
  await until("another poll", () => world.api.requests.length > calls + 1);
  expect(world.api.requests.at(-1)?.headers.get("authorization")).toBe("Bearer key_of_the_file");
});

test("a health port that another program has is told, and the endpoints are served all the same", async () => {
  await using world = await openWorld();
  using _ = Bun.listen({ hostname: "127.0.0.1", port: world.health, socket: { data() {} } });
  world.api.endpoints = [DB];
  await world.start();
  const ip = await until("the name", () => addressIn(world.hosts, "db.example"));
  expect(await exchange(ip, 5_432, "hello")).toBe("hello");
  const { output } = await world.call("status", "--json");
  expect(JSON.parse(output).health.fault).toContain("the port is taken");
});

test("ngrok's endpoints are served from what it listed last when a start finds it out of reach, and not called ready", async () => {
  await using world = await openWorld();
  const { api, hosts } = world;
  api.endpoints = [DB];
  const first = await world.start();
  const ip = await until("the name", () => addressIn(hosts, "db.example"));
  first.kill("SIGKILL");
  await first.ended;
  await api.stop();
  await world.start();
  expect(addressIn(hosts, "db.example")).toBe(ip);
  expect(await exchange(ip, 5_432, "hello")).toBe("hello");
  const answer = await fetch(`http://127.0.0.1:${world.health}/readyz`);
  expect([answer.status, JSON.stringify(await answer.json())]).toEqual([503, expect.stringContaining("ngrok: ")]);
  expect((await fetch(`http://127.0.0.1:${world.health}/livez`)).status).toBe(200);
});

test("a start that finds the API out of reach goes on, and registers once it answers", async () => {
  await using world = await openWorld();
  const { api } = world;
  let isDown = true;
  api.endpoints = [DB];
  api.script = () => (isDown ? new Response("", { status: 503 }) : undefined);
  await world.start();
  await until("a call", () => api.requests.length > 0);
  isDown = false;
  await world.call("list");
  await until("the name", () => addressIn(world.hosts, "db.example"));
});

test("an endpoint that ngrok lists no more goes after the second listing, and comes back at the same address", async () => {
  await using world = await openWorld();
  const { api, hosts } = world;
  api.endpoints = [DB];
  await world.start();
  const ip = await until("the name", () => addressIn(hosts, "db.example"));
  api.endpoints = [];
  await until("the name to go", () => addressIn(hosts, "db.example") === undefined);
  expect(readFileSync(hosts, "utf8")).toBe(BEFORE);
  api.endpoints = [DB];
  expect(await until("the name", () => addressIn(hosts, "db.example"))).toBe(ip);
});

test("a second one on the same state ends at once and names the first, which goes on", async () => {
  await using world = await openWorld();
  const first = await world.start();
  const second = startLogged([EXECUTABLE, "ngrokd", "--config", world.file]);
  expect(await second.ended).not.toBe(0);
  expect(second.output()).toContain(`process ${first.pid} `);
  second[Symbol.dispose]();
  expect((await world.call("list")).code).toBe(0);
});

test("an end by signal removes the names and the socket, and lets a connection end by itself first", async () => {
  await using world = await openWorld();
  const { hosts } = world;
  world.api.endpoints = [DB];
  const daemon = await world.start();
  const ip = await until("the name", () => addressIn(hosts, "db.example"));
  const open = await openConnection(ip, 5_432);
  expect(await open.ask("before")).toBe("before");
  daemon.kill("SIGTERM");
  const isClosed = () =>
    exchange(ip, 5_432, "x").then(
      () => false,
      () => true,
    );
  await until("the door to be closed", isClosed);
  expect(await open.ask("after")).toBe("after");
  await open.finish();
  expect(await daemon.ended).toBe(0);
  expect([readFileSync(hosts, "utf8"), existsSync(world.socket)]).toEqual([BEFORE, false]);
});

test("a file that is not there, or has faults, is told with all of them", async () => {
  using folder = temporaryFolder();
  const missing = await callWpdaemon(folder.path, ["ngrokd", "--config", join(folder.path, "none.yml")]);
  expect([missing.code, missing.complaint]).toEqual([1, expect.stringContaining("none.yml")]);
  const file = join(folder.path, "config.yml");
  writeFileSync(file, "bound_endpoint: {}\nbound_endpoints: { poll_interval: -5 }\nnet: { subnet: nonsense }\n");
  const wrong = await callWpdaemon(folder.path, ["ngrokd", "--config", file]);
  expect(wrong.code).toBe(1);
  for (const part of ["bound_endpoint", "poll_interval", "net.subnet"]) expect(wrong.complaint).toContain(part);
});

/** A stand-in for ngrok's API, an ingress, and a configuration file as ngrokd has it. */
async function openWorld({ key = "key_of_the_file" }: { readonly key?: string } = {}) {
  const folder = temporaryFolder();
  const path = (name: string) => join(folder.path, name);
  const [file, hosts, socket, state, authority] = ["config.yml", "hosts", "s.sock", "state", "ca.pem"].map(path) as [
    string,
    string,
    string,
    string,
    string,
  ];
  const api = await startNgrokApi();
  const ingress = await startGoIngress({ clientAuthority: api.authority.cert });
  const health = freePort();
  writeFileSync(hosts, BEFORE);
  writeFileSync(authority, ingress.authority);
  writeFileSync(
    file,
    `# mine
api:
  url: ${api.url}
  key: "${key}"
ingressEndpoint: localhost:${ingress.port}
ingress_ca_file: ${authority}
server:
  socket_path: ${socket}
  client_cert: ${state}/tls.crt
  client_key: ${state}/tls.key
  health_port: ${health}
bound_endpoints: { poll_interval: 1 }
hosts: { path: ${hosts} }
`,
  );
  const started: LoggedProcess[] = [];
  return {
    api,
    ingress,
    file,
    hosts,
    socket,
    state,
    health,
    async start(): Promise<LoggedProcess> {
      const process = startLogged([EXECUTABLE, "ngrokd", "--config", file]);
      started.push(process);
      await until("it serves", () => {
        if (process.hasEnded()) throw new Error(`it ended: ${process.output()}`);
        return process.output().includes("ngrokctl is answered on");
      });
      return process;
    },
    call: (...words: readonly string[]) => callWpdaemon(folder.path, ["endpoints", ...words, "--socket", socket]),
    async [Symbol.asyncDispose]() {
      for (const process of started) {
        process.kill("SIGKILL");
        await process.ended;
        process[Symbol.dispose]();
      }
      await ingress[Symbol.asyncDispose]();
      await api.stop();
      folder[Symbol.dispose]();
    },
  };
}
