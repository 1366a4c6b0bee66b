import { freePort } from "../../rig/free-port.ts";
import { findNativeLinksocks } from "../../rig/linksocks-go.ts";
import { serverUrl } from "../../rig/linksocks-peer.ts";
import { startWheel } from "../../rig/linksocks-wheel.ts";
import { type Program, startProgram } from "./program.ts";
import type { Subject } from "./subject.ts";

const TOKEN = "bench";

/** Who can be one end of a pair. */
export interface Maker {
  startServer(port: number): Promise<Program>;
  startClient(url: string, socksPort: number): Promise<Program>;
}

/** Our own program. @param home of its user. */
export function ownMaker(executable: string, home: string): Maker {
  return commandMaker([executable, "linksocks"], [], home);
}

/** The machine's own Go program; undefined where it has none. */
export function nativeMaker(home: string): Maker | undefined {
  const native = findNativeLinksocks();
  // Otherwise it looks for public STUN servers.
  return native === undefined ? undefined : commandMaker([native], ["--direct-mode", "relay-only"], home);
}

/** The Go core as `make test` installs it for Python. */
export const WHEEL_MAKER: Maker = {
  startServer: (port) => startWheel("1.8.9", "server", { port, token: TOKEN }),
  startClient: (url, socksPort) => startWheel("1.8.9", "client", { url, socksPort, token: TOKEN }),
};

/** A client of one and a server of another, in forward mode. */
export function pairSubject(by: string | undefined, client: Maker, server: Maker): Subject {
  return {
    by,
    isPair: true,
    async start(target) {
      const [port, socksPort] = [freePort(), freePort()];
      await using ends = new AsyncDisposableStack();
      const serving = ends.use(await server.startServer(port));
      const connected = ends.use(await client.startClient(serverUrl(port), socksPort));
      const both = ends.move();
      return {
        entry: { port: socksPort, beyond: target },
        client: connected.pid,
        server: serving.pid,
        [Symbol.asyncDispose]: () => both.disposeAsync(),
      };
    },
  };
}

/** A command line of section 7. */
function commandMaker(program: readonly string[], clientWords: readonly string[], home: string): Maker {
  return {
    startServer(port) {
      return startProgram([...program, "server", "-t", TOKEN, "-H", "127.0.0.1", "-P", `${port}`], port, home);
    },
    startClient(url, socksPort) {
      const words = ["client", "-t", TOKEN, "-u", url, "-p", `${socksPort}`, "-E", ...clientWords];
      return startProgram([...program, ...words], socksPort, home);
    },
  };
}
