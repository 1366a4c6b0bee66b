import { foldCase } from "../config/dialect/ini.ts";
import type { Vocabulary } from "../config/dialect/known-keys.ts";
import { isWayIn, WAY_IN_KEYS } from "../config/ways-in.ts";

export const SECTION_NAMES = ["LinkSocks", "Socks5"] as const;

/** What a LinkSocks config consists of, and what we say of anything else. */
export const VOCABULARY = {
  sections: {
    "": [],
    LinkSocks: [
      "Url",
      "Token",
      "TokenFile",
      "Reverse",
      "ConnectorToken",
      "Threads",
      "FastOpen",
      "UpstreamProxy",
      "Allow",
      "Deny",
      "Header",
      "CertificateAuthority",
      "NoEnvProxy",
    ],
    Socks5: WAY_IN_KEYS.Socks5,
  },
  secretKeys: ["Token", "TokenFile", "ConnectorToken", "Header", "Username", "Password"],
  severity: "error",
  repeatable: ["Header", "Allow", "Deny"],
  unknownSection(name, near) {
    const wireguard = ["Interface", "Peer"].find((known) => foldCase(known) === foldCase(name));
    if (wireguard !== undefined) {
      const message = `[${wireguard}] beside [LinkSocks]: a tunnel is carried by the one or by the other`;
      return { message, hint: "make two configs of it" };
    }
    if (isWayIn(name)) {
      return { message: "a LinkSocks tunnel has no listener but [Socks5]", hint: "remove the section" };
    }
    return {
      message: "a LinkSocks config has no section of that name",
      hint: near === undefined ? "remove it" : `did you mean [${near}]?`,
    };
  },
  unknownKey(_, section, near) {
    if (section === "") {
      const message = "no key stands before the first section here";
      return { message, hint: "move the line to its section, or remove it" };
    }
    return {
      message: `there is no such key in [${section}]`,
      hint: near === undefined ? "remove the line, or move it to its section" : `did you mean ${near}?`,
    };
  },
} as const satisfies Vocabulary;
