import type { ParseOptions } from "../../../src/tunnels/config/tunnel-config.ts";
import { parseLinksocksConfig } from "../../../src/tunnels/linksocks/config.ts";

export interface LinkParts {
  /** Lines at the end of `[LinkSocks]`. */
  readonly link?: string;
  readonly url?: string;
  /** In place of the one listener. */
  readonly rest?: string;
}

/** A LinkSocks config without a fault, and what a test adds to it. */
export function sampleLink({ link = "", url = "wss://proxy.example.net", rest }: LinkParts = {}): string {
  const token = /(?<!Connector)token/i.test(link) ? "" : "Token = let-me-in\n";
  return `[LinkSocks]
Url = ${url}
${token}${link}
${rest ?? "[Socks5]\nBindAddress = 127.0.0.1:25344"}
`;
}

/** Parses a text as `/confs/ws.conf`, beside which no other file exists than those of `files`. */
export function parseLink(
  text: string,
  files: Readonly<Record<string, string>> = {},
  options: Partial<ParseOptions> = {},
) {
  return parseLinksocksConfig(text, {
    file: "/confs/ws.conf",
    environment: { HOME: "/home/me", TOKEN: "from-outside" },
    readFile: (path) => files[path],
    ...options,
  });
}

/** `error:3: message (hint)`, one for each finding. */
export function complaints(...wanted: Parameters<typeof parseLink>): readonly string[] {
  return parseLink(...wanted).findings.map(
    ({ severity, line, message, hint }) => `${severity}:${line}: ${message} (${hint})`,
  );
}
