import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { createHash, randomBytes } from "node:crypto";
import { freePort } from "../../rig/free-port.ts";
import { goPeers } from "../../rig/linksocks-go.ts";
import { OWN_LINKSOCKS } from "../../rig/linksocks-own.ts";
import type { LinksocksPeer } from "../../rig/linksocks-peer.ts";
import { LOOPBACKS, startTcpEcho, type Target } from "../../rig/linksocks-targets.ts";
import { lacksProgram } from "../../rig/needs-program.ts";
import { runPythonClient } from "../../rig/python-client.ts";
import { accepts } from "../../rig/socks.ts";
import { temporaryFolder } from "../../rig/temporary-folder.ts";
import { until } from "../../rig/until.ts";

const BODY = randomBytes(3_000_000);
const SHA256 = createHash("sha256").update(BODY).digest("hex");
const CREDENTIALS = ["alice", "a secret: yes"] as const;
const BROWSERS = ["chromium", "chromium-browser", "google-chrome"] as const;

let site: Target;
beforeAll(() => {
  site = startSite();
});
afterAll(() => site[Symbol.dispose]());

for (const other of [OWN_LINKSOCKS, ...goPeers()]) {
  describe(`programs behind a SOCKS port of ours, the other end of ${other.name}`, () => {
    let peers: LinksocksPeer[];
    let open: number;
    let guarded: number;
    beforeAll(async () => {
      const forward = await other.start("server", { token: "forward" });
      const client = await OWN_LINKSOCKS.start("client", { url: forward.url, token: "forward" });
      const [socksUsername, socksPassword] = CREDENTIALS;
      const reverse = await OWN_LINKSOCKS.start("server", {
        token: "reverse",
        reverse: true,
        socksUsername,
        socksPassword,
      });
      const provider = await other.start("provider", { url: reverse.url, token: "reverse" });
      [open, guarded] = [client.socksPort, reverse.socksPort];
      peers = [provider, reverse, client, forward];
      await until("the reverse port is open", () => accepts(reverse.socksPort));
    });
    afterAll(async () => {
      for (const peer of peers) await peer[Symbol.asyncDispose]();
    });

    test("curl reaches a page by name and by address", async () => {
      for (const host of ["localhost", ...LOOPBACKS]) {
        expect(await curl(open, [urlOf(host, "/body")])).toBe(SHA256);
      }
    });

    test("curl gets in with credentials, and not without", async () => {
      const url = urlOf("localhost", "/body");
      expect(await curl(guarded, ["--proxy-user", CREDENTIALS.join(":"), url])).toBe(SHA256);
      await expect(curl(guarded, [url])).rejects.toThrow("curl ended with 97");
      await expect(curl(guarded, ["--proxy-user", "alice:wrong", url])).rejects.toThrow("curl ended with 97");
    });

    test("curl sends and gets a body of 3 MB whole, eight at a time, too", async () => {
      using folder = temporaryFolder();
      const path = `${folder.path}/body`;
      await Bun.write(path, BODY);
      const send = () => curl(open, ["--data-binary", `@${path}`, urlOf("127.0.0.1", "/echo")]);
      expect(await Promise.all(Array.from({ length: 8 }, send))).toEqual(new Array(8).fill(SHA256));
    });

    test("Python's requests gets in with credentials, and not without", async () => {
      const url = urlOf("localhost", "/body");
      expect(await runPythonClient(open, "fetch", url)).toEqual({ status: 200, sha256: SHA256 });
      expect(await runPythonClient(guarded, "fetch", url, "alice", "a%20secret%3A%20yes")).toEqual({
        status: 200,
        sha256: SHA256,
      });
      await expect(runPythonClient(guarded, "fetch", url)).rejects.toThrow("SOCKS");
    });

    test("PySocks carries 3 MB both ways at once", async () => {
      using echo = startTcpEcho();
      expect(await runPythonClient(open, "echo", "localhost", String(echo.port), "3000000")).toBe(true);
    });
  });
}

test.skipIf(lacksProgram(...BROWSERS))(
  "Chromium behind a SOCKS port of ours, a page and the scripts that it needs",
  async () => {
    await using server = await OWN_LINKSOCKS.start("server", { token: "token" });
    await using client = await OWN_LINKSOCKS.start("client", { url: server.url, token: "token" });
    expect(await browse(client.socksPort, urlOf("127.0.0.1", "/page"))).toContain("<p>loaded loaded loaded </p>");
  },
);

/** Bodies for curl and Python, and a page for a browser, which has to load three scripts of 1 MB for it. */
function startSite(): Target {
  const port = freePort();
  const servers = LOOPBACKS.map((hostname) => Bun.serve({ hostname, port, fetch: answer }));
  return {
    port,
    [Symbol.dispose]() {
      for (const server of servers) server.stop(true);
    },
  };
}

async function answer(request: Request): Promise<Response> {
  switch (new URL(request.url).pathname) {
    case "/body":
      return new Response(BODY);
    case "/echo":
      return new Response(await request.arrayBuffer());
    case "/page":
      return new Response(PAGE, { headers: { "Content-Type": "text/html" } });
    case "/script":
      return new Response(SCRIPT, { headers: { "Content-Type": "text/javascript", "Cache-Control": "no-store" } });
    default:
      return new Response(null, { status: 404 });
  }
}

const PAGE = `<!doctype html><title>Behind a tunnel</title><p></p>
<script src="/script?1"></script><script src="/script?2"></script><script src="/script?3"></script>`;

/** Its last line runs only where all before it has come. */
const SCRIPT = `${"// a line that takes room\n".repeat(40_000)}document.querySelector("p").textContent += "loaded ";`;

function urlOf(host: string, path: string): string {
  return `http://${host.includes(":") ? `[${host}]` : host}:${site.port}${path}`;
}

/** @returns the SHA-256 of what came. @throws Error with curl's exit code. */
async function curl(socksPort: number, words: readonly string[]): Promise<string> {
  const proxy = ["--socks5-hostname", `127.0.0.1:${socksPort}`, "--noproxy", ""];
  const child = Bun.spawn(["curl", "--silent", "--max-time", "20", "--globoff", ...proxy, ...words], {
    stdout: "pipe",
    stderr: "ignore",
  });
  const [body, code] = await Promise.all([child.stdout.bytes(), child.exited]);
  if (code !== 0) throw new Error(`curl ended with ${code}`);
  return createHash("sha256").update(body).digest("hex");
}

/** @returns the page once all is loaded. */
async function browse(socksPort: number, url: string): Promise<string> {
  using profile = temporaryFolder();
  const child = Bun.spawn(
    [
      BROWSERS.find((name) => Bun.which(name) !== null) ?? BROWSERS[0],
      "--headless",
      "--no-sandbox",
      "--disable-gpu",
      "--disable-dev-shm-usage",
      // What it would fetch for itself, and a way past SOCKS.
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
      `--user-data-dir=${profile.path}`,
      `--proxy-server=socks5://127.0.0.1:${socksPort}`,
      "--proxy-bypass-list=<-loopback>",
      "--dump-dom",
      url,
    ],
    { stdout: "pipe", stderr: "ignore", timeout: 50_000, killSignal: "SIGKILL" },
  );
  const [page] = await Promise.all([child.stdout.text(), child.exited]);
  return page;
}
