/** What a check knows beside the config's own values. */
export interface Circumstances {
  readonly file: string;
  /** The file that `[Interface]` and `[Peer]` come from; undefined where it cannot be had. */
  readonly wireguardFile: string | undefined;
  /** The config's own text, in which section headings may be commented out. */
  readonly text: string;
  readonly mode?: number | undefined;
  readonly linuxRelease?: string | undefined;
}
