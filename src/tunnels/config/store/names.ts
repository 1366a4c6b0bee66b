export const CONFIG_SUFFIX = ".conf";

/** Bytes of a name with its suffix; the session log's name is built from it and must fit a file system's 255. */
const LONGEST_NAME = 200;

/**
 * The full name of a config, `.conf` appended unless it is there.
 * @returns undefined for a name that could leave the folder, hide, or confuse the line protocol.
 */
export function normalizeConfigName(text: string): string | undefined {
  const stem = tunnelNameOf(text);
  if (stem === "" || stem.startsWith(".") || stem.includes(CONFIG_SUFFIX)) return undefined;
  if (/[/\\,:\p{Cc}]/u.test(stem) || !stem.isWellFormed()) return undefined;
  const name = `${stem}${CONFIG_SUFFIX}`;
  return Buffer.byteLength(name) > LONGEST_NAME ? undefined : name;
}

/** The name of a config's tunnel: without the suffix, where it has it. */
export function tunnelNameOf(config: string): string {
  return config.endsWith(CONFIG_SUFFIX) ? config.slice(0, -CONFIG_SUFFIX.length) : config;
}

/** What the loop watch calls the tunnel of a config. */
export function partOf(config: string): string {
  return `tunnel ${tunnelNameOf(config)}`;
}

/** The file name of a tunnel's config; the tunnel may be named with the suffix or without. */
export function configNameOf(tunnel: string): string {
  return `${tunnelNameOf(tunnel)}${CONFIG_SUFFIX}`;
}

/** Whether a file of a folder or an archive is a config by its name, as Windows may have saved it too: `us.conf.txt`. */
export function isConfigFileName(file: string): boolean {
  return /\.conf(?:\.txt)?$/i.test(file);
}

/**
 * A name for the config in a file that somebody brings. Browsers and mail programs put suffixes of their own behind `.conf`
 * (`us.conf.txt`, `us.conf (1)`, `us.conf.download`), macOS takes letters with accents apart, and a name may hold signs, or
 * more of them, than a config's can.
 * @param file without its folder.
 */
export function nameAfter(file: string): string {
  const stem = file
    .replace(/(?:\.conf)?(?:\.(?:txt|ini|cfg|wg|download)|\s*\(\d+\))$/i, "")
    .replace(/\.conf$/i, "")
    .replace(/^\.+/, "")
    .normalize("NFC")
    .replace(/[/\\,:\p{Cc}]+/gu, "-")
    .replaceAll(CONFIG_SUFFIX, "-conf");
  return cutTo(stem.toWellFormed(), LONGEST_NAME - CONFIG_SUFFIX.length);
}

function cutTo(text: string, mostBytes: number): string {
  if (Buffer.byteLength(text) <= mostBytes) return text;
  const letters = [...text];
  while (Buffer.byteLength(letters.join("")) > mostBytes) letters.pop();
  return letters.join("");
}
