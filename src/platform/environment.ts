/**
 * The variables of a process. Every one that we read by its name is here, with what it means to us; any other is one that a
 * config refers to, or is handed on. The flags of LinkSocks name their own, and settings.ts says which setting each replaces.
 */
export interface Environment {
  /** The folder of configs, logs and state, in place of `~/.argus`. */
  readonly ARGUS_HOME?: string | undefined;
  /** The user's home folder. */
  readonly HOME?: string | undefined;
  /** The editors that the user prefers: command lines of the shell. */
  readonly VISUAL?: string | undefined;
  readonly EDITOR?: string | undefined;
  /** Folders of programs. */
  readonly PATH?: string | undefined;
  /** The line protocol's port. */
  readonly WPDAEMON_PORT?: string | undefined;
  /** The event stream's port. */
  readonly WPDAEMON_STREAM_PORT?: string | undefined;
  /** Where wireproxy is downloaded from; it may hold a password. */
  readonly WPDAEMON_MIRROR?: string | undefined;
  /** The wireproxy to run, a path. */
  readonly WPDAEMON_WIREPROXY?: string | undefined;
  /** What a successor proves itself with. It is for no program but ours. */
  readonly WPDAEMON_HANDOVER?: string | undefined;
  /** Set where `wpdaemon start` began the daemon, and nobody waits for its process. It is for no program but ours. */
  readonly WPDAEMON_DETACHED?: string | undefined;
  /** The sockets that a successor inherits. It is for no program but ours. */
  readonly WPDAEMON_SOCKETS?: string | undefined;
  /** Where systemd is told how the daemon fares, sd_notify(3). It is for no program but ours. */
  readonly NOTIFY_SOCKET?: string | undefined;
  /** Set by systemd for what it starts, systemd.exec(5). */
  readonly INVOCATION_ID?: string | undefined;
  /** Not empty: no colours, no-color.org. */
  readonly NO_COLOR?: string | undefined;
  /** The role of a LinkSocks command line that names none. */
  readonly LINKSOCKS_MODE?: string | undefined;
  /** The key to ngrok's API, in place of that of the settings. */
  readonly NGROK_API_KEY?: string | undefined;
  /** The path of a file that holds it. */
  readonly NGROK_API_KEY_FILE?: string | undefined;
  /** The socket of endpoints to ask, in place of the installation's own. */
  readonly NGROKD_SOCKET?: string | undefined;
  /** Where ngrok takes the connections of endpoints, `host:port`. */
  readonly NGROKD_INGRESS?: string | undefined;
  readonly [name: string]: string | undefined;
}

/** Our own. */
export const ENVIRONMENT: Environment = process.env;
