import { isAbsolute, join } from "node:path";
import type { Environment } from "../../../platform/environment.ts";
import { attemptOr } from "../../../platform/failure.ts";
import { listFolder, readTextIfThere } from "../../../platform/files/files.ts";
import type { Paths } from "../../../platform/files/paths.ts";
import { parseIni } from "../../../tunnels/config/dialect/ini.ts";
import { readTextOrUndefined, resolvePath } from "../../../tunnels/config/store/config-file.ts";
import { isSecretKey } from "../../../tunnels/kinds.ts";
import { type KnownSecrets, SECRET_NAME } from "./redactor.ts";

/** Every secret of an installation that can be found: in configs, in what they name, in the settings, and its own. */
export function collectSecrets(
  { own, configs, derived, settings }: Pick<Paths, "own" | "configs" | "derived" | "settings">,
  environment: Environment,
): KnownSecrets {
  const secrets = new Set<string>();
  const publicKeys = new Set<string>();
  for (const folder of [configs, derived]) for (const path of listFolder(folder)) addConfig(path, true);
  const settingsText = readOrNothing(settings);
  addNamed(
    attemptOr(undefined, () => Bun.YAML.parse(settingsText)),
    false,
  );
  for (const text of [settingsText, environment.WPDAEMON_MIRROR ?? ""]) addUserinfo(text);
  add(readOrNothing(join(own, "secret")).trim());
  return { secrets, publicKeys };

  function add(value: string): void {
    if (value === "") return;
    secrets.add(value);
    // The value of the variable may have been printed, too.
    const variable = value.startsWith("$") ? environment[value.slice(1)] : undefined;
    if (variable !== undefined && variable !== "") secrets.add(variable);
  }

  function addConfig(path: string, follow: boolean): void {
    const text = readTextOrUndefined(path) ?? "";
    addUserinfo(text);
    for (const { name, value } of readKeys(text)) {
      if (/^token_?file$/i.test(name))
        add(readTextOrUndefined(resolvePath(value, { file: path, environment }) ?? "")?.trim() ?? "");
      // The header's name is public; its value may be a secret.
      else if (/^header$/i.test(name)) addHeader(value);
      else if (/^public_?key$/i.test(name)) publicKeys.add(value);
      else if (SECRET_NAME.test(name) || isSecretKey(name)) add(value);
      else if (follow && /^WGConfig$/i.test(name)) addConfig(isAbsolute(value) ? value : join(configs, value), false);
    }
  }

  function addHeader(text: string): void {
    const value = text.slice(text.indexOf(":") + 1).trim();
    add(value);
    // `Bearer …`, `Basic …`
    add(/^\S+ +(\S.*)$/.exec(value)?.[1] ?? "");
  }

  function addNamed(value: unknown, isSecret: boolean): void {
    if (typeof value === "object" && value !== null) {
      for (const [name, inner] of Object.entries(value)) addNamed(inner, isSecret || SECRET_NAME.test(name));
    } else if (isSecret && value !== null && value !== undefined) add(String(value));
  }

  function addUserinfo(text: string): void {
    for (const [, userinfo = ""] of text.matchAll(/:\/\/([^\s"'<>/]*)@/g)) {
      for (const part of [userinfo, ...userinfo.split(":")]) {
        add(part);
        add(attemptOr("", () => decodeURIComponent(part)));
      }
    }
  }
}

/**
 * The keys as wireproxy reads them, and those of every line besides: a config that is broken, or commented out, still holds
 * secrets.
 */
function readKeys(text: string): readonly { readonly name: string; readonly value: string }[] {
  const keys = attemptOr([], () => parseIni(text, "").flatMap((section) => section.keys));
  const lines = [...text.matchAll(/^[ \t#;"`]*([A-Za-z_-]{1,24})["`]?[ \t]*[=:][ \t]*(.*)$/gm)];
  return [
    ...keys,
    ...lines.flatMap(([, name = "", rest = ""]) => {
      const whole = rest.trim();
      const bare = whole.replace(/^["'`]+|["'`\\]+$/g, "");
      const uncommented = whole.replace(/\s*[#;].*$/, "");
      return [whole, bare, uncommented].map((value) => ({ name, value }));
    }),
  ];
}

function readOrNothing(path: string): string {
  return attemptOr("", () => readTextIfThere(path) ?? "");
}
