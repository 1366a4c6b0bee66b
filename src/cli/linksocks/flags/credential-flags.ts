import type { Flag } from "./flag.ts";

/** What a SOCKS5 port asks for, whoever opens it. */
export const CREDENTIAL_FLAGS: readonly Flag[] = [
  {
    name: "socks-username",
    short: "n",
    kind: "text",
    value: "NAME",
    variable: "LINKSOCKS_SOCKS_USERNAME",
    meaning: "Asked for by SOCKS5",
  },
  {
    name: "socks-password",
    short: "w",
    kind: "text",
    value: "PASSWORD",
    variable: "LINKSOCKS_SOCKS_PASSWORD",
    meaning: "Asked for by SOCKS5; seen in ps as a token is",
  },
];
