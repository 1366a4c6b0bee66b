import { Failure } from "../../../platform/failure.ts";
import { checkListeners } from "../../config/check-listeners.ts";
import { type Finding, locateFinding } from "../../config/finding.ts";
import type { Circumstances } from "./circumstances.ts";
import type { WireproxyConfig } from "./model.ts";

/** Checks what no single key shows: counts, listeners, permissions. Reference page wireproxy-daemon.md section 8.3. */
export function checkConfig(config: WireproxyConfig, circumstances: Circumstances): readonly Finding[] {
  return [
    ...checkCounts(config, circumstances.wireguardFile),
    ...checkListeners(config, circumstances),
    ...checkMode(circumstances, "private key"),
  ];
}

/**
 * Lets a config pass that has no error.
 * @throws Failure `config-invalid` that names the first error and how many more there are.
 */
export function assertStartable(findings: readonly Finding[]): void {
  const [first, ...others] = findings.filter((finding) => finding.severity === "error");
  if (first === undefined) return;
  const more = others.length === 0 ? "" : ` (and ${others.length} more)`;
  throw new Failure("config-invalid", `${locateFinding(first)}${more}`, { hint: first.hint });
}

function checkCounts(config: WireproxyConfig, file: string | undefined): readonly Finding[] {
  if (file === undefined) return [];
  const findings: Finding[] = [];
  const [first, ...others] = config.sections.filter((section) => section.name === "Interface");
  if (first === undefined) {
    findings.push({
      severity: "error",
      file,
      line: 1,
      message: "the section [Interface] is missing",
      hint: "add it with PrivateKey and Address, from your provider's file",
    });
  }
  for (const other of others) {
    findings.push({
      severity: "error",
      file,
      line: other.line,
      message: "a second [Interface]: wireproxy takes one and only one",
      hint: "remove one, or make two configs of it",
    });
  }
  if (!config.sections.some((section) => section.name === "Peer")) {
    findings.push({
      severity: "error",
      file,
      line: first?.line ?? 1,
      message: "the section [Peer] is missing: wireproxy needs at least one",
      hint: "add it with PublicKey and Endpoint, from your provider's file",
    });
  }
  return findings;
}

/** Whether others can read the file and so the `secret` in it. */
export function checkMode({ file, mode }: Pick<Circumstances, "file" | "mode">, secret: string): readonly Finding[] {
  if (mode === undefined || (mode & 0o077) === 0) return [];
  return [
    {
      severity: "warning",
      file,
      line: 1,
      message: `other users of this machine may have access to the ${secret}: mode ${(mode & 0o777).toString(8)}`,
      hint: "chmod 600",
    },
  ];
}
