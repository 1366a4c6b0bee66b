import { LONGEST_TEXT } from "../codec/wire-format.ts";

/** Tokens by kind; docs/protocols/linksocks.md#tokens. */
type TokenKind = "forward" | "reverse" | "connector";

/** A token that someone may present. No log and no error holds its text. */
export interface Token {
  readonly kind: TokenKind;
  readonly text: string;
  /** The SOCKS port of a reverse token; −1 with autonomy. */
  readonly port: number;
  readonly username: string;
  readonly password: string;
  /** The providers of this reverse token manage connector tokens themselves, and it has no SOCKS port. */
  readonly autonomy: boolean;
  /** A connector token leads to the providers of this token; with autonomy only to those that own it (`owner`). */
  readonly reverseToken: string;
  readonly owner: string | undefined;
  /** Where a forward token leads, beside what the server's own rules say; texts of `parseDestinationRule`. */
  readonly rules: TokenRules | undefined;
}

interface TokenRules {
  readonly allow: readonly string[];
  readonly deny: readonly string[];
}

/** What a reverse token is to be; port 0 takes a free one of the pool. */
export type ReverseTokenRequest = Pick<Token, "port" | "username" | "password" | "autonomy"> & {
  readonly token: string;
};

/** A token that cannot be had; the text goes to whoever asked. */
export class TokenError extends Error {}

interface RegistryOptions {
  readonly portPool: { readonly first: number; readonly last: number };
  /** A token has come: its port may be opened. */
  onAdded(token: Token): void;
  /** A token has gone: its clients are to be closed, and its port too. */
  onRemoved(token: Token): void;
}

/** What a client without a token calls itself; nobody may create it. */
const RESERVED = "anonymous";

/** Connector tokens that the providers of one reverse token may add: they are strangers, and the memory is ours. */
const MOST_OWNED = 10_000;

/** The port of a reverse token that has none. */
const NO_PORT = -1;

/** All tokens of a server. Every `add` throws TokenError with the text of docs/protocols/linksocks.md#tokens. */
export type TokenRegistry = ReturnType<typeof createTokenRegistry>;

export function createTokenRegistry({ portPool, onAdded, onRemoved }: RegistryOptions) {
  // The keys hash the hash that clients present, so that no comparison runs over what grants access.
  const tokens = new Map<string, Token>();
  const ports = createPortPool(portPool);

  return {
    /** Empty text: the token is generated, 16 hexadecimal characters. */
    addForward(text: string, rules?: TokenRules): Token {
      return add({
        ...PLAIN,
        rules,
        kind: "forward",
        text: choose(text, `'${RESERVED}' is reserved and cannot be used as a token`),
      });
    },
    addReverse({ token, port: wanted, username, password, autonomy }: ReverseTokenRequest): Token {
      const text = choose(token, `'${RESERVED}' is reserved and cannot be used as a token`);
      if (findByText(text) !== undefined) throw new TokenError("token already exists");
      checkLength(username, "a username");
      checkLength(password, "a password");
      const port = autonomy ? NO_PORT : ports.take(wanted);
      if (port === undefined) throw new TokenError(`cannot allocate port: ${wanted}`);
      return add({ ...PLAIN, kind: "reverse", text, port, username, password, autonomy });
    },
    /** @param owner the `instance` of an autonomous provider; undefined for a token of the server's own. */
    addConnector(token: string, reverseToken: string, owner?: string): Token {
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
    /** @returns false where there was none. Connectors of a removed reverse token go with it. */
    remove(text: string): boolean {
      const token = findByText(text);
      if (token === undefined) return false;
      drop(token);
      if (token.kind !== "reverse") return true;
      for (const other of [...tokens.values()]) if (other.reverseToken === text) drop(other);
      return true;
    },
    /** Removes a connector token if it belongs to this owner. */
    removeOwned(text: string, reverseToken: string, owner: string): boolean {
      const token = findByText(text);
      if (token?.kind !== "connector" || token.reverseToken !== reverseToken || token.owner !== owner) return false;
      drop(token);
      return true;
    },
    /** Finds a token by its text, in constant time. */
    findByText,
    /** Finds a token by its SHA-256 in lower-case hexadecimal. */
    findByHash: (hash: string): Token | undefined => tokens.get(sha256(hash)),
    list: (): readonly Token[] => [...tokens.values()],
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
    onAdded(token);
    return token;
  }

  function drop(token: Token): void {
    tokens.delete(sha256(sha256(token.text)));
    if (token.port > 0) ports.release(token.port);
    onRemoved(token);
  }
}

const PLAIN = {
  port: 0,
  username: "",
  password: "",
  autonomy: false,
  reverseToken: "",
  owner: undefined,
  rules: undefined,
} as const;

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

/**
 * Ports for reverse tokens; docs/protocols/linksocks.md#reverse-ports.
 * @param first, last both included.
 */
export function createPortPool({ first, last }: { readonly first: number; readonly last: number }) {
  const taken = new Set<number>();
  return {
    /** @param port 0 for any free one of the pool. @returns undefined where it cannot be had. */
    take(port: number): number | undefined {
      const chosen = port === 0 ? chooseFree() : port;
      const isPort = chosen !== undefined && Number.isInteger(chosen) && chosen >= 1 && chosen <= 65_535;
      if (!isPort || taken.has(chosen)) return undefined;
      taken.add(chosen);
      return chosen;
    },
    release: (port: number): void => void taken.delete(port),
  };

  /** Searches from a random place on, so that a pool that is nearly full is no trouble either. */
  function chooseFree(): number | undefined {
    const size = last - first + 1;
    const start = Math.floor(Math.random() * size);
    for (let step = 0; step < size; step += 1) {
      const port = first + ((start + step) % size);
      if (!taken.has(port)) return port;
    }
    return undefined;
  }
}
