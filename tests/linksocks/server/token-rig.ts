import {
  createTokenRegistry,
  type ReverseTokenRequest,
  type TokenRegistry,
} from "../../../src/linksocks/server/token-registry.ts";

/** A registry with the ports 3000 to 3002, and what its listener hears: `+text`, `-text`. */
export function createTestRegistry(): { readonly tokens: TokenRegistry; readonly heard: string[] } {
  const heard: string[] = [];
  const tokens = createTokenRegistry({
    portPool: { first: 3000, last: 3002 },
    onAdded: ({ text }) => heard.push(`+${text}`),
    onRemoved: ({ text }) => heard.push(`-${text}`),
  });
  return { tokens, heard };
}

export function reverse(token: string, more: Partial<ReverseTokenRequest> = {}): ReverseTokenRequest {
  return { token, port: 0, username: "", password: "", autonomy: false, ...more };
}

export function sha256(text: string): string {
  return new Bun.CryptoHasher("sha256").update(text).digest("hex");
}
