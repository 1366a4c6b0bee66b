import { goPeers } from "../rig/linksocks-go.ts";
import { OWN_LINKSOCKS } from "../rig/linksocks-own.ts";
import { startTcpEcho } from "../rig/linksocks-targets.ts";
import { accepts } from "../rig/socks.ts";
import { connectThroughSocks } from "../rig/socks5-client.ts";
import { until } from "../rig/until.ts";

/** A Go server drops a provider 60 s after its last pong, and it asks for one only with a request. */
const IDLE_MS = 70_000;

/** A provider of ours that has nothing to do for a while stays with a Go server, and so does its channel. @throws Error where not. */
export async function soakIdleProvider(): Promise<void> {
  const go = goPeers().find(({ name }) => name === "native Go") ?? goPeers()[0];
  if (go === undefined) throw new Error("there is no Go peer");
  await using server = await go.start("server", { token: "token", reverse: true });
  await using provider = await OWN_LINKSOCKS.start("provider", { url: server.url, token: "token" });
  await until("the reverse port is open", () => accepts(server.socksPort));
  using echo = startTcpEcho();
  using stream = await connectThroughSocks({ port: server.socksPort }, { host: "127.0.0.1", port: echo.port });
  for (const word of ["before", "behind"]) {
    await stream.write(word);
    const echoed = Buffer.from(await stream.readExactly(6)).toString();
    if (echoed !== word) throw new Error(`"${word}" came back as "${echoed}"`);
    if (word === "before") await Bun.sleep(IDLE_MS);
  }
  const connections = provider.output().match(/connected to the server/g)?.length;
  if (connections !== 1) throw new Error(`the provider connected ${connections} times`);
}
