import { existsSync, realpathSync } from "node:fs";
import { changeTunnelSetting, type SettingValue } from "../../../daemon/change-setting.ts";
import { parseSettings, readSettings } from "../../../daemon/settings.ts";
import { Failure, fileUnusable } from "../../../platform/failure.ts";
import { makePrivateFolder, replaceFile } from "../../../platform/files/files.ts";
import { tunnelNameOf } from "../../../tunnels/config/store/names.ts";
import type { ConfigStore } from "../../../tunnels/config/store/store.ts";
import { commonOptions, findPaths, tunnelArgument } from "../../arguments.ts";
import { unlessAbsent } from "../../daemon/absence.ts";
import { openControl } from "../../daemon/reach-daemon.ts";
import { say, sayDone } from "../../output/report.ts";
import { defineVerb } from "../../verb.ts";
import { openConfigStore } from "./store.ts";

/** How each setting of a tunnel is read from a word. */
const READERS: { readonly [key: string]: (word: string, key: string, store: ConfigStore) => SettingValue } = {
  autostart: readSwitch,
  recover: readSwitch,
  // The schema says what is wrong with a word.
  socks: (word) => (/^\d+$/.test(word) ? Number(word) : word),
  failover: (word, _, store) => word.split(",").map((name) => tunnelNameOf(store.nameOf(name.trim()))),
  probe: (word) => word,
};

const SWITCHES: ReadonlyMap<string, boolean> = new Map([
  ["true", true],
  ["yes", true],
  ["on", true],
  ["false", false],
  ["no", false],
  ["off", false],
]);

export const verb = defineVerb({
  name: "config set",
  summary: "Change a tunnel's setting in config.yaml",
  details:
    "The rest of the file and its comments stay, and what would not be valid is refused. The value default takes a setting out. It holds from the next wpdaemon restart on.",
  examples: [
    "wpdaemon config set us-east autostart true",
    "wpdaemon config set us-east failover us-west,eu-west",
    "wpdaemon config set us-east socks default",
  ],
  args: {
    name: tunnelArgument,
    setting: { type: "positional", description: Object.keys(READERS).join(", "), required: true },
    value: { type: "positional", description: "Its new value, or default", required: true },
    ...commonOptions,
  },
  async run({ args }) {
    const store = openConfigStore(args.home);
    const tunnel = tunnelNameOf(store.nameOf(args.name));
    const value = readValue(args.setting, String(args.value), store);
    const { settings: path, own } = findPaths(args);
    const before = readSettings(path) ?? "";
    const after = changeTunnelSetting(before, tunnel, args.setting, value);
    parseSettings(after, path);
    writeSettings(path, own, after);
    const inForce = value ?? null;
    if (args.json) return say(JSON.stringify({ name: tunnel, setting: args.setting, value: inForce, file: path }));
    const isUp = (await unlessAbsent(openControl(args).identity())) !== undefined;
    const told = value === undefined ? "is the default again" : `is ${String(args.value)}`;
    await sayDone(`${args.setting} of ${tunnel} ${told}${isUp ? "; it holds from the next wpdaemon restart on" : ""}`);
  },
});

/** @returns undefined for the default. @throws Failure `usage`, `config-not-found`. */
function readValue(key: string, word: string, store: ConfigStore): SettingValue | undefined {
  const read = Object.hasOwn(READERS, key) ? READERS[key] : undefined;
  if (read === undefined) {
    throw new Failure("usage", `there is no setting ${JSON.stringify(key)} of a tunnel`, {
      hint: `the settings are ${Object.keys(READERS).join(", ")}`,
    });
  }
  return word === "default" ? undefined : read(word, key, store);
}

function readSwitch(word: string, key: string): boolean {
  const value = SWITCHES.get(word.toLowerCase());
  if (value !== undefined) return value;
  throw new Failure("usage", `${key} is true or false, not ${JSON.stringify(word)}`);
}

function writeSettings(path: string, folder: string, text: string): void {
  try {
    makePrivateFolder(folder);
    // Who keeps the file elsewhere, behind a link, still does.
    replaceFile(existsSync(path) ? realpathSync(path) : path, text);
  } catch (error) {
    throw fileUnusable(error, `cannot write ${path}`, "make its folder one that you may write to");
  }
}
