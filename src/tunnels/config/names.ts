export const CONFIG_SUFFIX = ".conf";

/** Bytes of a name with its suffix; the session log's name is built from it and must fit a file system's 255. */
const LONGEST_NAME = 200;

/**
 * The full name of a config, `.conf` appended unless it is there. Reference page wireproxy-daemon.md section 8.2.
 * @returns undefined for a name that could leave the folder, hide, or confuse the line protocol.
 */
export function normalizeConfigName(text: string): string | undefined {
  const stem = text.endsWith(CONFIG_SUFFIX) ? text.slice(0, -CONFIG_SUFFIX.length) : text;
  if (stem === "" || stem.startsWith(".") || stem.includes(CONFIG_SUFFIX)) return undefined;
  if (/[/\\,:\p{Cc}]/u.test(stem) || !stem.isWellFormed()) return undefined;
  const name = `${stem}${CONFIG_SUFFIX}`;
  return Buffer.byteLength(name) > LONGEST_NAME ? undefined : name;
}
