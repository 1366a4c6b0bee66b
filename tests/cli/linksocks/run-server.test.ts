import { describe, expect, test } from "bun:test";
import { SERVER_FLAGS } from "../../../src/cli/linksocks/flags/server-flags.ts";
import { runServer } from "../../../src/cli/linksocks/run-server.ts";
import { readServerOptions } from "../../../src/cli/linksocks/server-options.ts";
import { parseFlags } from "../../../src/cli/parse-flags.ts";
import { type Token, TokenError, type TokenRegistry } from "../../../src/linksocks/server/token-registry.ts";
import { rejectionOf } from "../../rig/rejection.ts";
import { until } from "../../rig/until.ts";

describe("at its start it prints how it is reached:", () => {
  test.each([
    ["", ["LinkSocks server, forward mode, on ws://0.0.0.0:8765", "  token            made-forward"]],
    ["-t secret -H ::1", ["LinkSocks server, forward mode, on ws://[::1]:8765", "  token            (as given)"]],
    [
      "-r -p 0",
      [
        "LinkSocks server, reverse mode, on ws://0.0.0.0:8765",
        "  token            made-reverse",
        "  SOCKS5           127.0.0.1:2345",
        "  connector token  made-connector",
      ],
    ],
    [
      "-r -t secret -c secret2 --tls-cert c --tls-key k",
      [
        "LinkSocks server, reverse mode, on wss://0.0.0.0:8765",
        "  token            (as given)",
        "  SOCKS5           127.0.0.1:9870",
        "  connector token  (as given)",
      ],
    ],
    [
      "-r -a",
      [
        "LinkSocks server, reverse mode, on ws://0.0.0.0:8765",
        "  token            made-reverse",
        "  connector token  (the providers register them)",
      ],
    ],
    ["-k secret", ["LinkSocks server, tokens by its API, on ws://0.0.0.0:8765"]],
  ])("at its start a server prints how it is reached: server %s", async (line, printed) => {
    const { said } = await runUntilSaid(line, printed.length);
    expect(said).toEqual(printed);
    expect(said.join()).not.toContain("secret");
  });
});

describe("the tokens that it makes:", () => {
  test.each([
    ["-t a", ["forward a"]],
    ["-r -t a -c b -p 0", ["reverse a port 0 autonomy false", "connector b of a"]],
    ["-r -t a", ["reverse a port 9870 autonomy false", "connector  of a"]],
    ["-r -t a -a -c b", ["reverse a port 9870 autonomy true"]],
    ["-k key -t a", []],
  ])("a server makes the tokens that are missing: server %s", async (line, made) => {
    expect((await runUntilSaid(line, 1)).made).toEqual(made);
  });
});

test("a token that cannot be had stops the LinkSocks server and ends the run", async () => {
  const rig = createRig("-t anonymous");
  rig.refusal = "'anonymous' is reserved and cannot be used as a token";
  const failure = await rejectionOf(rig.run());
  expect([failure.code, failure.message]).toEqual(["start-failed", rig.refusal]);
  expect([rig.stops, rig.said]).toEqual([1, []]);
});

test("a LinkSocks server that does not start rejects with the reason", async () => {
  const rig = createRig("");
  await expect(rig.run(async () => Promise.reject(new Error("taken")))).rejects.toThrow("taken");
});

test("the warnings about a server's flags are logged", async () => {
  const { logged } = await runUntilSaid("--direct-enable", 2);
  expect(logged).toEqual([expect.stringMatching(/^warn --direct-enable has no effect/)]);
});

/** A server that runs until it has printed so many lines; it is then left, for only a signal ends it. */
async function runUntilSaid(line: string, lines: number) {
  const rig = createRig(line);
  const before = process.listeners("SIGTERM");
  const running = rig.run();
  await until("what it prints", () => rig.said.length >= lines);
  for (const listener of process.listeners("SIGTERM")) if (!before.includes(listener)) listener("SIGTERM");
  await running;
  return rig;
}

function createRig(line: string) {
  const words = line.split(" ").filter(Boolean);
  const request = readServerOptions(parseFlags("linksocks server", SERVER_FLAGS, words), {});
  const rig = {
    said: [] as string[],
    logged: [] as string[],
    made: [] as string[],
    stops: 0,
    refusal: "",
    run: (start = startFake) =>
      runServer(
        request,
        (level, text) => void (text.startsWith("SIG") || rig.logged.push(`${level} ${text}`)),
        (text) => void rig.said.push(text),
        start,
      ),
  };
  return rig;

  async function startFake({ port }: { readonly port: number }) {
    return {
      port,
      activity: () => 0,
      tokens: fakeRegistry((entry) => {
        if (rig.refusal !== "") throw new TokenError(rig.refusal);
        rig.made.push(entry);
      }),
      stop: async () => void rig.stops++,
    };
  }
}

function fakeRegistry(note: (entry: string) => void): TokenRegistry {
  const token = {
    port: -1,
    username: "",
    password: "",
    autonomy: false,
    reverseToken: "",
    owner: undefined,
    rules: undefined,
  };
  const name = (kind: Token["kind"], text: string) => ({ ...token, kind, text: text === "" ? `made-${kind}` : text });
  return {
    addForward(text) {
      note(`forward ${text}`);
      return name("forward", text);
    },
    addReverse(request) {
      note(`reverse ${request.token} port ${request.port} autonomy ${request.autonomy}`);
      return { ...name("reverse", request.token), port: request.port === 0 ? 2_345 : request.port };
    },
    addConnector(text, reverseToken) {
      note(`connector ${text} of ${reverseToken}`);
      return name("connector", text);
    },
    remove: () => false,
    removeOwned: () => false,
    findByText: () => undefined,
    findByHash: () => undefined,
    list: () => [],
  };
}
