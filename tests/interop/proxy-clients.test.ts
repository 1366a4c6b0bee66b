import { afterAll, beforeAll, expect, test } from "bun:test";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { callWpdaemon } from "../rig/command-line.ts";
import { lacksProgram } from "../rig/needs-program.ts";
import { PEER } from "../rig/programs.ts";
import { temporaryFolder } from "../rig/temporary-folder.ts";
import { openTunnelScene } from "../rig/tunnel-scene.ts";

// What programs reach under `wpdaemon run --via`, as docs/tunnels-and-settings.md says. The page is within the tunnel alone:
// who goes out directly, and who does not know SOCKS5, does not see it.

const PYTHON = join(import.meta.dir, "../../.tools/python/bin/python");
const PACKAGES = join(import.meta.dir, "../../node_modules");
const SEEN = "the page within the tunnel";
const COMMIT = "0123456789012345678901234567890123456789";

/** What npm is told of a package. */
const PACKAGE = {
  name: "page",
  "dist-tags": { latest: "1.0.0" },
  versions: { "1.0.0": { name: "page", version: "1.0.0", description: SEEN, dist: {} } },
};

const downloads = temporaryFolder();
afterAll(() => downloads[Symbol.dispose]());
const { makeConfig, pageUrl, start } = openTunnelScene();
let web: Bun.Server<undefined> | undefined;
beforeAll(() => {
  web = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    fetch(request, server) {
      if (server.upgrade(request)) return undefined;
      if (request.url.endsWith("/page")) return Response.json(PACKAGE);
      return new Response(request.url.includes("/info/refs") ? `${COMMIT}\trefs/heads/main\n` : SEEN);
    },
    websocket: { open: (socket) => void socket.send(SEEN), message() {} },
  });
});
afterAll(async () => await web?.stop(true));

interface Client {
  readonly name: string;
  readonly program: string;
  readonly words: (url: string) => readonly string[];
  readonly works: boolean;
  readonly sees?: string;
}

const python = (name: string, script: string, works: boolean): Client => ({
  ...{ name, works, program: PYTHON },
  words: (url) => ["-c", script, url],
});
const node = (name: string, script: string): Client => ({
  ...{ name, works: false, program: "node" },
  words: (url) => ["-e", script, url],
});

const CLIENTS: readonly Client[] = [
  { name: "curl", program: "curl", words: (url) => ["-sS", "-m", "20", url], works: true },
  { name: "git", program: "git", words: (url) => ["ls-remote", `${url}repository`], works: true, sees: COMMIT },
  { name: "wget", program: "wget", words: (url) => ["-q", "-T", "20", "-t", "1", "-O", "-", url], works: true },
  {
    name: "apt",
    program: "/usr/lib/apt/apt-helper",
    words: (url) => ["download-file", url, join(downloads.path, "page")],
    works: true,
    sees: "Fetched",
  },
  {
    name: "npm",
    program: "npm",
    words: (url) => ["view", "page", "description", "--fetch-retries=0", "--no-update-notifier", `--registry=${url}`],
    works: true,
  },
  { name: "Go net/http", program: PEER, words: (url) => ["get", url], works: true },
  python("Python requests", "import requests, sys; print(requests.get(sys.argv[1], timeout=20).text)", true),
  python("Python httpx", "import httpx, sys; print(httpx.get(sys.argv[1], timeout=20).text)", true),
  python(
    "Python websockets",
    "import sys; from websockets.sync.client import connect; print(connect(sys.argv[1].replace('http', 'ws')).recv())",
    true,
  ),
  python(
    "Python aiohttp with trust_env",
    `import aiohttp, asyncio, sys
async def main():
    async with aiohttp.ClientSession(trust_env=True, timeout=aiohttp.ClientTimeout(20)) as session:
        async with session.get(sys.argv[1]) as answer:
            print(await answer.text())
asyncio.run(main())`,
    true,
  ),
  python("Python urllib", "import sys, urllib.request as r; print(r.urlopen(sys.argv[1], timeout=20).read())", true),
  python(
    "Python websocket-client without options",
    "import sys, websocket; print(websocket.create_connection(sys.argv[1].replace('http', 'ws'), timeout=20).recv())",
    true,
  ),
  python(
    "Python websocket-client, told of the proxy as Argus does",
    `import os, sys, websocket
host, port = os.environ["WIREPROXY_BIND_ADDRESS"].split(":")
proxy = dict(http_proxy_host=host, http_proxy_port=port, proxy_type="socks5h")
print(websocket.create_connection(sys.argv[1].replace("http", "ws"), timeout=20, **proxy).recv())`,
    true,
  ),
  node(
    "Node fetch",
    "fetch(process.argv[1], { signal: AbortSignal.timeout(5000) }).then(async (a) => console.log(await a.text()))",
  ),
  node(
    "Node undici",
    `require("${PACKAGES}/undici").request(process.argv[1], { signal: AbortSignal.timeout(5000) }).then(async ({ body }) => console.log(await body.text()))`,
  ),
  node(
    "Node ws",
    `new (require("${PACKAGES}/ws"))(process.argv[1].replace("http", "ws"), { handshakeTimeout: 5000 }).on("message", (text) => console.log(String(text)))`,
  ),
];

for (const { name, program, words, works, sees = SEEN } of CLIENTS) {
  test.skipIf(!existsSync(program) && lacksProgram(program))(
    `${name} ${works ? "goes through the tunnel" : "does not get out"} under run --via`,
    async () => {
      await using daemon = await start();
      daemon.writeConfig("us-east.conf", makeConfig({ client: 0 }).text);
      const url = pageUrl(Number(web?.port));
      const { output, code } = await callWpdaemon(daemon.home, [
        "run",
        "--via",
        "us-east",
        "--",
        program,
        ...words(url),
      ]);
      expect([output.includes(sees), code === 0]).toEqual([works, works]);
      expect((await callWpdaemon(daemon.home, ["down", "us-east"])).code).toBe(0);
    },
  );
}

test("the page on who goes through a tunnel names each of these clients, with what was seen of it", () => {
  const page = readFileSync(join(import.meta.dir, "../../docs/tunnels-and-settings.md"), "utf8");
  const rows = [...page.matchAll(/^\| (.+?) \| (yes|no)\b/gm)].map(([, client, answer]) => [client, answer === "yes"]);
  expect(rows).toEqual(expect.arrayContaining(CLIENTS.map(({ name, works }) => [name, works])));
});
