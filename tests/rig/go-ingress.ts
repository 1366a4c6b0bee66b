import { writeFileSync } from "node:fs";
import { join } from "node:path";
import * as v from "valibot";
import { PEER } from "./programs.ts";
import { temporaryFolder } from "./temporary-folder.ts";
import { until } from "./until.ts";

const Announced = v.pipe(v.string(), v.parseJson(), v.object({ listen: v.string(), authority: v.string() }));

const Heard = v.pipe(
  v.string(),
  v.parseJson(),
  v.object({
    frame: v.string(),
    host: v.string(),
    port: v.number(),
    serverName: v.string(),
    /** Chosen by ALPN. */
    protocol: v.string(),
    resumed: v.boolean(),
    tls: v.string(),
    received: v.number(),
    fault: v.optional(v.string()),
  }),
);

/** ngrok's ingress, in Go. */
export interface GoIngress extends AsyncDisposable {
  readonly port: number;
  /** Of its certificate, PEM; an authority below a root that nobody is shown. */
  readonly authority: string;
  /** What each connection has told, in the order of their ends; waits for so many. */
  heard(count: number): Promise<readonly v.InferOutput<typeof Heard>[]>;
}

interface GoIngressOptions {
  /** Of the clients' certificates, PEM. */
  readonly clientAuthority: string;
  readonly tls?: "1.2" | "1.3";
  /** What it does for `HOST:PORT`, see tests/peers/ingress.go. */
  readonly at?: { readonly [hostAndPort: string]: string };
}

export async function startGoIngress({ clientAuthority, tls = "1.3", at = {} }: GoIngressOptions): Promise<GoIngress> {
  const folder = temporaryFolder();
  const clients = join(folder.path, "clients.pem");
  writeFileSync(clients, clientAuthority);
  const behaviours = Object.entries(at).flatMap(([place, behaviour]) => ["-at", `${place}=${behaviour}`]);
  const ingress = Bun.spawn([PEER, "ingress", "-clients", clients, "-tls", tls, ...behaviours], {
    stdin: "pipe",
    stdout: "pipe",
    stderr: "inherit",
  });
  let said = "";
  const reading = (async () => {
    for await (const chunk of ingress.stdout) said += new TextDecoder().decode(chunk);
  })();
  const lines = () => said.split("\n").slice(0, -1);
  const { listen, authority } = v.parse(Announced, await until("the ingress to listen", () => lines()[0]));
  return {
    port: Number(listen.split(":")[1]),
    authority,
    heard: async (count) => {
      await until(`${count} connections to end`, () => lines().length > count);
      return lines()
        .slice(1)
        .map((line) => v.parse(Heard, line));
    },
    async [Symbol.asyncDispose]() {
      ingress.stdin.end();
      await ingress.exited;
      await reading;
      folder[Symbol.dispose]();
    },
  };
}
