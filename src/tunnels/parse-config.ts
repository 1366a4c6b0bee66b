import { basename } from "node:path";
import type { Finding } from "./config/finding.ts";
import { kindOfText, type TunnelKind } from "./config/kind.ts";
import { parseLinksocksConfig } from "./linksocks/config.ts";
import { type ParseOptions, parseConfig } from "./wireproxy/config/config.ts";

/** What is the same of every config, whatever will carry the tunnel. */
export interface CheckedConfig {
  readonly kind: TunnelKind;
  /** `host:port` of each SOCKS5 listener. */
  readonly socks5Addresses: readonly string[];
  readonly findings: readonly Finding[];
}

/** Reads and checks a config of any kind. @throws Failure `config-invalid` where the text is no INI file. */
export function parseAnyConfig(text: string, options: ParseOptions): CheckedConfig {
  const kind = kindOfText(text, basename(options.file));
  if (kind === "linksocks") {
    const { socks5Addresses, findings } = parseLinksocksConfig(text, options);
    return { kind, socks5Addresses, findings };
  }
  const { config, findings } = parseConfig(text, options);
  return { kind, socks5Addresses: config.socks5Addresses, findings };
}
