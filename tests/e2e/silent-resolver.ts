// In a network namespace of its own, whose resolver never answers: what a LinkSocks server does for others while one client asks
// for names without end. Prints a line of JSON.

import { webOk } from "../rig/linksocks-checks.ts";
import { authFrame, channelId, connectFrame, TYPE } from "../rig/linksocks-frames.ts";
import { OWN_LINKSOCKS } from "../rig/linksocks-own.ts";
import { startWebTarget } from "../rig/linksocks-targets.ts";
import { openRawLink } from "../rig/raw-link.ts";

const NAMES = 500;

await using server = await OWN_LINKSOCKS.start("server", { token: "token" });
await using client = await OWN_LINKSOCKS.start("client", { url: server.url, token: "token" });
using web = startWebTarget();
using link = await openRawLink(`${server.url}/socket`);
link.send(authFrame("token", false));
await link.next(TYPE.authResponse);
for (let count = 0; count < NAMES; count += 1)
  link.send(connectFrame(channelId(`n${count}`), `n${count}.example.test`, 80));
await webOk({ port: client.socksPort }, { host: "localhost", port: web.port });
const answered = link.received.filter((message) => message[1] === TYPE.connectResponse).length;
console.log(JSON.stringify({ answered }));
