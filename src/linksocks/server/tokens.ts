/** Tokens by kind; docs/protocols/linksocks.md#tokens. */
type TokenKind = "forward" | "reverse" | "connector";

/** A token that someone may present. No log and no error holds its text. */
export interface Token {
  readonly kind: TokenKind;
  readonly text: string;
  /** Of a reverse token: its SOCKS port; −1 with autonomy. */
  readonly port: number;
  readonly username: string;
  readonly password: string;
  /** Of a reverse token: its providers manage connector tokens themselves, and it has no SOCKS port. */
  readonly autonomy: boolean;
  /**
   * Of a connector token: whom it leads to. Providers of `reverseToken`; with autonomy only those that own it
   * (`owner`).
   */
  readonly reverseToken: string;
  readonly owner: string | undefined;
}

export interface ReverseTokenRequest {
  readonly token: string;
  /** 0 takes a free one of the pool. */
  readonly port: number;
  readonly username: string;
  readonly password: string;
  readonly autonomy: boolean;
}

/** Hears of tokens that come and go, so that clients are closed and ports are opened and released. */
export interface TokenListener {
  onAdded(token: Token): void;
  onRemoved(token: Token): void;
}

/** All tokens of a server. Every `add` throws TokenError with the text of docs/protocols/linksocks.md#tokens. */
export interface TokenRegistry {
  /** Empty text: the token is generated, 16 hexadecimal characters. */
  addForward(token: string): Token;
  addReverse(request: ReverseTokenRequest): Token;
  /**
   * @param owner of an autonomous provider, as it stands in its `instance`; undefined for a token of the server's own.
   */
  addConnector(token: string, reverseToken: string, owner?: string): Token;
  /** @returns false where there was none. Connectors of a removed reverse token go with it. */
  remove(token: string): boolean;
  /** Removes a connector token if it belongs to this owner. */
  removeOwned(token: string, reverseToken: string, owner: string): boolean;
  /** By what a client presents: the token itself. Compared in constant time. */
  findByText(token: string): Token | undefined;
  /** By its SHA-256 in lower-case hexadecimal. */
  findByHash(hash: string): Token | undefined;
  list(): readonly Token[];
}

/** A token that cannot be had; the text goes to whoever asked. */
export class TokenError extends Error {}
