import { ARGUS_SOCKS_PORT } from "../../config/check-listeners.ts";
import { foldCase, parseIni } from "../../config/ini.ts";
import { mayBeProvider } from "../../config/kind.ts";

/**
 * Gives a config the SOCKS5 listener that Argus dials, unless it has one, or is a LinkSocks provider's, which has none; a
 * heading within a comment does not count.
 * Reference page wireproxy-daemon.md section 8.1, item 2.
 * @throws Failure `config-invalid` where the text is no INI file.
 */
export function completeConfig(text: string, file: string): { readonly text: string; readonly socks5Added: boolean } {
  const sections = parseIni(text, file);
  const hasOne = sections.some((section) => foldCase(section.name) === "socks5");
  if (hasOne || mayBeProvider(sections)) return { text, socks5Added: false };
  const newline = text.includes("\r\n") ? "\r\n" : "\n";
  const end = text === "" || text.endsWith("\n") ? "" : newline;
  const section = ["", "[Socks5]", `BindAddress = 127.0.0.1:${ARGUS_SOCKS_PORT}`, ""].join(newline);
  return { text: `${text}${end}${section}`, socks5Added: true };
}
