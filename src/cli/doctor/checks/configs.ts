import { parseHostAndPort } from "../../../net/host-and-port.ts";
import { Failure, toFailure } from "../../../platform/failure.ts";
import { findHolder } from "../../../platform/network/listeners.ts";
import { locateFinding } from "../../../tunnels/config/finding.ts";
import { createConfigStore } from "../../../tunnels/config/store/store.ts";
import { type ConfigReport, reportConfig } from "../../verbs/configs/report.ts";
import { attempt } from "../attempt.ts";
import type { Circumstances } from "../circumstances.ts";
import { blame, blameFailure, type Findings, fine, type Observation, warn } from "../diagnosis.ts";
import { isTaken } from "./ports.ts";

/** Every config of the folder: what keeps it from starting, what its owner should know, and what it shares with others. */
export async function checkConfigs(circumstances: Circumstances): Promise<Findings> {
  const { paths, environment, settings } = circumstances;
  const mayBeOpen = settings instanceof Failure ? false : settings.listen.beyond_loopback;
  const skipped: Observation[] = [];
  const store = createConfigStore(paths.configs, (name, reason) =>
    skipped.push(...warn(`${JSON.stringify(name)} is passed over: ${reason}`, "rename it")),
  );
  const names = attempt(() => store.list());
  if (names instanceof Failure) return blameFailure(names);
  const reports = await Promise.all(
    names.map((name) => reportConfig(store, name, { environment, mayBeOpen }).catch(toFailure)),
  );
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
    ...(await findTaken(readable, circumstances)),
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

/** The addresses of configs that another program has. */
async function findTaken(reports: readonly ConfigReport[], circumstances: Circumstances): Promise<Findings> {
  const { daemon, processes } = circumstances;
  const tunnels = daemon.status instanceof Failure ? [] : daemon.status.tunnels;
  const ours = tunnels.flatMap(({ socks, http }) => [socks, http]);
  const known = processes instanceof Failure ? [] : processes.map(({ pid }) => pid);
  const addresses = new Set(reports.flatMap(({ socks }) => socks).filter((address) => !ours.includes(address)));
  const found = [...addresses].map(async (address) => {
    const { host, port } = parseHostAndPort(address) ?? {};
    if (host !== "127.0.0.1" || port === undefined || !(await isTaken(port))) return [];
    const holder = findHolder({ transport: "tcp", host, port });
    // Processes of this home are told of by their own check.
    if (holder !== undefined && known.includes(holder.pid)) return [];
    const names = reports.filter(({ socks }) => socks.includes(address)).map(({ name }) => name);
    const who =
      holder === undefined ? "another user's program" : `another program (process ${holder.pid}, ${holder.name})`;
    const remedy = "end that program: wpdaemon up would give the tunnel another port, and spin_up refuses";
    return blame(`${address} of ${names.join(", ")} is held by ${who}`, remedy);
  });
  return (await Promise.all(found)).flat();
}
