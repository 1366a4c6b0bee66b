import { freePort } from "./free-port.ts";
import { type LinksocksOptions, type LinksocksPeer, type LinksocksRole, serverUrl } from "./linksocks-peer.ts";
import { wordsFor } from "./linksocks-words.ts";
import { startLogged } from "./logged-process.ts";
import { accepts } from "./socks.ts";
import { PATIENCE_MS, until } from "./until.ts";

/** A LinkSocks program with the command line of docs/protocols/linksocks.md#command-line. */
export interface LinksocksCommand {
  /** The program, and what comes before the role. */
  readonly program: readonly string[];
  /** What the words for `options` lack. */
  moreWords(role: LinksocksRole): readonly string[];
  /** What it writes once the server has accepted it; for roles without a port to look at. */
  readonly accepted: RegExp;
  /** What it writes once its connector token is registered. */
  readonly registered: RegExp;
}

/** Starts one. */
export async function startCommand(
  { program, moreWords, accepted, registered }: LinksocksCommand,
  role: LinksocksRole,
  options: LinksocksOptions,
): Promise<LinksocksPeer> {
  const { port = freePort(), socksPort = freePort() } = options;
  const words = [...program, role, ...wordsFor(role, options, { port, socksPort }), ...moreWords(role)];
  const child = startLogged(words);
  const { pid, output, ended, hasEnded } = child;
  const guard = guardProcess(pid);
  const peer: LinksocksPeer = {
    role,
    pid,
    url: role === "server" ? serverUrl(port) : (options.url ?? ""),
    socksPort,
    output,
    ended,
    hasEnded,
    call: async (method) => {
      throw new Error(`a command line cannot be told to ${method}`);
    },
    async end() {
      child.kill("SIGTERM");
      const impatience = setTimeout(() => child.kill("SIGKILL"), PATIENCE_MS);
      const code = await ended;
      clearTimeout(impatience);
      return code;
    },
    async [Symbol.asyncDispose]() {
      await peer.end();
      await guard.release();
      child[Symbol.dispose]();
    },
  };
  if (options.awaitReady === false) return peer;
  try {
    await until(`${role} is ready`, isReady);
  } catch (cause) {
    await peer[Symbol.asyncDispose]();
    throw new Error(`${words.join(" ")} did not become ready:\n${output()}`, { cause });
  }
  return peer;

  function isReady(): boolean | Promise<boolean> {
    if (hasEnded()) throw new Error("it has ended");
    if (role === "server") return accepts(port);
    if (role === "provider" && options.connectorToken !== undefined) return registered.test(output());
    if (role === "provider" || options.socksNoWait === true) return accepted.test(output());
    return accepts(socksPort);
  }
}

/** Kills a process should this one end first, for example when a test run is broken off. */
function guardProcess(pid: number): { release(): Promise<void> } {
  const guard = Bun.spawn(["sh", "-c", 'read -r word || kill -9 "$1"', "wpdaemon-test-guard", String(pid)], {
    stdin: "pipe",
    stdout: "ignore",
    stderr: "ignore",
  });
  return {
    async release() {
      guard.stdin.write("released\n");
      guard.stdin.end();
      await guard.exited;
    },
  };
}
