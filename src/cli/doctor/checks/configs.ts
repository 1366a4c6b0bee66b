import { Failure } from "../../../platform/failure.ts";
import { locateFinding } from "../../../tunnels/config/finding.ts";
import { createConfigStore } from "../../../tunnels/config/store/store.ts";
import { type ConfigReport, reportConfig } from "../../verbs/configs/report.ts";
import { attempt, toFailure } from "../attempt.ts";
import type { Circumstances } from "../circumstances.ts";
import { blame, blameFailure, type Findings, fine, type Observation, warn } from "../diagnosis.ts";

/** Every config of the folder: what keeps it from starting, what its owner should know, and what it shares with others. */
export async function checkConfigs({ paths, environment }: Circumstances): Promise<Findings> {
  const skipped: Observation[] = [];
  const store = createConfigStore(paths.configs, (name, reason) =>
    skipped.push(...warn(`${JSON.stringify(name)} is passed over: ${reason}`, "rename it")),
  );
  const names = attempt(() => store.list());
  if (names instanceof Failure) return blameFailure(names);
  const reports = await Promise.all(names.map((name) => reportConfig(store, name, environment).catch(toFailure)));
  const readable = reports.flatMap((report) => (report instanceof Failure ? [] : report));
  const startable = readable.filter((report) => report.startable).length;
  if (names.length === 0) {
    return [...skipped, ...warn(`there is none in ${paths.configs}`, "add one with: wpdaemon config import FILE")];
  }
  return [
    ...fine(`${startable} of ${names.length} can be started`),
    ...skipped,
    ...reports.flatMap((report, index) => describe(names[index] ?? "", report)),
    ...describeShared(readable),
  ];
}

function describe(name: string, report: ConfigReport | Failure): Findings {
  if (report instanceof Failure) {
    const message = report.message.includes(name) ? report.message : `${name}: ${report.message}`;
    return blame(message, report.hint ?? null);
  }
  return report.findings.flatMap((finding) =>
    (finding.severity === "error" ? blame : warn)(locateFinding(finding), finding.hint),
  );
}

/** `up` gives the second of them another port, so this is only worth knowing. */
function describeShared(reports: readonly ConfigReport[]): Findings {
  const owners = new Map<string, readonly string[]>();
  for (const { name, socks } of reports) {
    for (const address of new Set(socks)) owners.set(address, [...(owners.get(address) ?? []), name]);
  }
  return [...owners]
    .filter(([, names]) => names.length > 1)
    .flatMap(([address, names]) =>
      fine(`${names.join(", ")} have the same address ${address}: wpdaemon up gives the second of them another`),
    );
}
