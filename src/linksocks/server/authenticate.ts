import type { Credentials, Decision, Role } from "./admit.ts";
import type { Token, TokenRegistry } from "./token-registry.ts";

/** A SHA-256 in hexadecimal. */
const HASH_LENGTH = 64;

/**
 * Whether a client is let in, and as what; the texts and the rules are those of
 * docs/protocols/linksocks.md#auth-and-authresponse.
 */
export function authenticate(credentials: Credentials, tokens: TokenRegistry): Decision {
  if (credentials.by === "url" && credentials.token.length !== HASH_LENGTH) return refuse("invalid token format");
  const token = credentials.by === "url" ? tokens.findByHash(credentials.token) : tokens.findByText(credentials.token);
  if (token === undefined || !isAsked(token, credentials)) return refuse("invalid token");
  return { isAccepted: true, token, role: roleOf(token) };
}

/** Without `reverse`, the role follows the kind of the token. */
function isAsked(token: Token, { reverse }: Credentials): boolean {
  if (reverse === null || reverse === "") return true;
  const wantsProvider = reverse === true || reverse === "true" || reverse === "1";
  return wantsProvider === (token.kind === "reverse");
}

function roleOf({ kind }: Token): Role {
  if (kind === "reverse") return "provider";
  return kind === "connector" ? "connector" : "client";
}

function refuse(reason: string): Decision {
  return { isAccepted: false, reason };
}
