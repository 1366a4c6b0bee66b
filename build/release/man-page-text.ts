/** What wpdaemon reads from its environment. */
export const ENVIRONMENT: readonly (readonly [name: string, meaning: string])[] = [
  ["ARGUS_HOME", "Folder of configs, logs and state, instead of ~/.argus."],
  ["WPDAEMON_PORT", "The daemon's port, instead of 23888."],
  ["WPDAEMON_WIREPROXY", "The wireproxy to run, as an absolute path."],
  ["WPDAEMON_MIRROR", "Address below which the archives of wireproxy lie, instead of its release page."],
  ["NO_COLOR", "Where it is set, nothing is coloured."],
];

/** What the command of `run` finds in its environment. */
export const PROGRAM_ENVIRONMENT: readonly (readonly [name: string, meaning: string])[] = [
  ["ALL_PROXY, HTTP_PROXY, HTTPS_PROXY", "The tunnel's proxy, in lower case as well."],
  ["NO_PROXY", "What is reached without the tunnel: this machine itself, and what was listed there before."],
  ["WIREPROXY_BIND_ADDRESS, WIREPROXY_BLIND_BIND", "The tunnel's SOCKS5 address, as Argus reads it."],
  ["WPDAEMON_TUNNEL", "The name of the tunnel's config."],
];

export const EXAMPLES: readonly { readonly task: string; readonly lines: readonly string[] }[] = [
  {
    task: "A first tunnel, from the config that a provider gave you",
    lines: ["wpdaemon config import us-east.conf", "wpdaemon start", "wpdaemon up us-east"],
  },
  {
    task: "Run a program through it",
    lines: ["wpdaemon run --via us-east -- curl https://example.com"],
  },
  {
    task: "Go on with a new version; the tunnels stay up",
    lines: ["wpdaemon restart"],
  },
  {
    task: "Find out what is wrong, and write down what somebody needs to help you",
    lines: ["wpdaemon doctor --bundle wpdaemon.zip"],
  },
];
