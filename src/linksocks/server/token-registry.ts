import { LONGEST_TEXT } from "../codec/wire-format.ts";
import { createPortPool } from "./port-pool.ts";
import { type Token, TokenError, type TokenListener, type TokenRegistry } from "./tokens.ts";

interface RegistryOptions {
  readonly portPool: { readonly first: number; readonly last: number };
  readonly listener: TokenListener;
}

/** What a client without a token calls itself; nobody may create it. */
const RESERVED = "anonymous";

/** Connector tokens that the providers of one reverse token may add: they are strangers, and the memory is ours. */
const MOST_OWNED = 10_000;

/** Of a reverse token that has no SOCKS port. */
const NO_PORT = -1;

export function createTokenRegistry({ portPool, listener }: RegistryOptions): TokenRegistry {
  // By a hash of the hash that clients present, so that no comparison runs over what grants access.
  const tokens = new Map<string, Token>();
  const ports = createPortPool(portPool);

  return {
    addForward(text) {
      return add({
        ...PLAIN,
        kind: "forward",
        text: choose(text, `'${RESERVED}' is reserved and cannot be used as a token`),
      });
    },
    addReverse({ token, port: wanted, username, password, autonomy }) {
      const text = choose(token, `'${RESERVED}' is reserved and cannot be used as a token`);
      if (findByText(text) !== undefined) throw new TokenError("token already exists");
      checkLength(username, "a username");
      checkLength(password, "a password");
      const port = autonomy ? NO_PORT : ports.take(wanted);
      if (port === undefined) throw new TokenError(`cannot allocate port: ${wanted}`);
      return add({ ...PLAIN, kind: "reverse", text, port, username, password, autonomy });
    },
    addConnector(token, reverseToken, owner) {
      const text = choose(token, `'${RESERVED}' is reserved and cannot be used as a connector token`);
      if (findByText(reverseToken)?.kind !== "reverse") throw new TokenError("reverse token does not exist");
      const known = findByText(text);
      if (known === undefined) {
        if (owner !== undefined && hasTooMany(reverseToken)) throw new TokenError("too many connector tokens");
        return add({ ...PLAIN, kind: "connector", text, reverseToken, owner });
      }
      const isSame = known.kind === "connector" && known.reverseToken === reverseToken && known.owner === owner;
      if (!isSame) throw new TokenError("connector token already exists");
      return known;
    },
    remove(text) {
      const token = findByText(text);
      if (token === undefined) return false;
      drop(token);
      if (token.kind !== "reverse") return true;
      for (const other of [...tokens.values()]) if (other.reverseToken === text) drop(other);
      return true;
    },
    removeOwned(text, reverseToken, owner) {
      const token = findByText(text);
      if (token?.kind !== "connector" || token.reverseToken !== reverseToken || token.owner !== owner) return false;
      drop(token);
      return true;
    },
    findByText,
    findByHash: (hash) => tokens.get(sha256(hash)),
    list: () => [...tokens.values()],
  };

  function findByText(text: string): Token | undefined {
    return tokens.get(sha256(sha256(text)));
  }

  function hasTooMany(reverseToken: string): boolean {
    let owned = 0;
    for (const token of tokens.values())
      if (token.reverseToken === reverseToken && token.owner !== undefined) owned += 1;
    return owned >= MOST_OWNED;
  }

  function add(token: Token): Token {
    if (findByText(token.text) !== undefined) throw new TokenError("token already exists");
    tokens.set(sha256(sha256(token.text)), token);
    listener.onAdded(token);
    return token;
  }

  function drop(token: Token): void {
    tokens.delete(sha256(sha256(token.text)));
    if (token.port > 0) ports.release(token.port);
    listener.onRemoved(token);
  }
}

const PLAIN = { port: 0, username: "", password: "", autonomy: false, reverseToken: "", owner: undefined } as const;

function choose(text: string, reserved: string): string {
  if (text === "") return Buffer.from(crypto.getRandomValues(new Uint8Array(8))).toString("hex");
  if (text === RESERVED) throw new TokenError(reserved);
  checkLength(text, "a token");
  return text;
}

/** What a message of LinkSocks holds, and what SOCKS5 can carry of a username or password. */
function checkLength(text: string, noun: string): void {
  if (Buffer.byteLength(text) > LONGEST_TEXT) throw new TokenError(`${noun} has at most ${LONGEST_TEXT} bytes`);
}

function sha256(text: string): string {
  return new Bun.CryptoHasher("sha256").update(text).digest("hex");
}
