import type { Scene } from "./scene.ts";

/** Fetches as many bytes as the plan says through the tunnel that is up, from a web server behind the far end. */
export async function carryTraffic({ plan, farEnd, config }: Scene): Promise<void> {
  const body = new Uint8Array(plan.trafficBytes);
  const web = Bun.serve({ hostname: "127.0.0.1", port: 0, fetch: () => new Response(body) });
  try {
    const proxy = `127.0.0.1:${config.socksPort}`;
    const curl = Bun.spawn(
      [
        "curl",
        ...[
          "--silent",
          "--show-error",
          "--max-time",
          "120",
          "--output",
          "/dev/null",
          "--write-out",
          "%{size_download}",
        ],
        ...["--socks5-hostname", proxy, `http://${farEnd.address}:${web.port}/`],
      ],
      { stdout: "pipe", stderr: "pipe" },
    );
    const [size, complaint, code] = await Promise.all([curl.stdout.text(), curl.stderr.text(), curl.exited]);
    if (code !== 0 || Number(size) !== plan.trafficBytes) {
      throw new Error(`curl through ${proxy} fetched ${size} bytes: ${complaint.trim()}`);
    }
  } finally {
    await web.stop(true);
  }
}
