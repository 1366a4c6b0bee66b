import { realpathSync } from "node:fs";
import { basename, dirname, join, sep } from "node:path";
import * as v from "valibot";
import type { Environment } from "../../../platform/environment.ts";
import { foldCase, parseIni } from "../dialect/ini.ts";
import { switchSchema } from "../dialect/value-schemas.ts";
import { assertStartable, type Finding, reportTo } from "../finding.ts";
import { resolvePath } from "./config-file.ts";
import { CONFIG_SUFFIX } from "./names.ts";

/** What its owner lets a config do that was written by somebody else. */
export interface Trust {
  /** Take values from the environment, which then go to its server. */
  readonly variables: boolean;
  /** Read files outside the folder of configs, whose content may go to its server. */
  readonly files: boolean;
  /** Let its server, or its peer, connect from this machine. */
  readonly reverse: boolean;
}

/** The keys by which a config names a file that it reads. */
const FILE_KEYS: readonly string[] = ["tokenfile", "certificateauthority", "wgconfig", "certfile", "keyfile"];

/**
 * Refuses an imported text that takes more than it is trusted with. To be called before anything that the text names is read.
 * @param path where it is to be.
 * @throws Failure `config-invalid` naming the line and the flag that allows it.
 */
export function assertTrusted(
  text: string,
  path: string,
  { environment, trust }: { readonly environment: Environment; readonly trust: Trust },
): void {
  const findings: Finding[] = [];
  const report = reportTo(findings, path);
  for (const section of parseIni(text, basename(path))) {
    if (!trust.reverse && foldCase(section.name) === "tcpservertunnel") {
      const message = "with [TCPServerTunnel], whoever is behind the peer makes connections from this machine";
      report("error", section.line, message, "import it with --allow-reverse if you trust them with that");
    }
    for (const { name, value, line } of section.keys) {
      if (!trust.variables && /^\$(?!\$)/.test(value)) {
        const message = `${name} takes its value from this machine's environment, and sends it to where the config leads`;
        report("error", line, message, "write the value out, or import it with --allow-variables");
      } else if (!trust.files && FILE_KEYS.includes(foldCase(name)) && !isInFolder(value, path, environment)) {
        const message = `${name} names a file outside the folder of configs, or a config`;
        report("error", line, message, `copy the file to ${dirname(path)}, or import it with --allow-files`);
      } else if (!trust.reverse && foldCase(name) === "reverse" && isOn(value)) {
        const message = "with Reverse, whoever runs the server makes connections from this machine";
        report("error", line, message, "import it with --allow-reverse if you trust them with that");
      }
    }
  }
  assertStartable(findings);
}

function isOn(value: string): boolean {
  return v.safeParse(switchSchema, value).output === true;
}

/** Whether it is a file beside the config, links followed; another config is no file that one may read. */
function isInFolder(written: string, path: string, environment: Environment): boolean {
  const file = resolvePath(written, { file: path, environment });
  return (
    file !== undefined &&
    realPath(file).startsWith(realPath(dirname(path)) + sep) &&
    !realPath(file).endsWith(CONFIG_SUFFIX)
  );
}

/** Of what is not there: that of its folder, and its name. */
function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    const folder = dirname(path);
    return folder === path ? path : join(realPath(folder), basename(path));
  }
}
