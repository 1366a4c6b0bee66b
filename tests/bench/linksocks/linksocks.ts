// LinkSocks beside what people use otherwise. Everybody takes turns, round after round, so that a machine that becomes
// slower does so for all; the load and its target are processes of their own.

import type { Figure } from "../figure.ts";
import { type Account, toFigures } from "./figures.ts";
import { createLedger } from "./ledger.ts";
import { measureCarrying } from "./measure-carrying.ts";
import { measureIdle } from "./measure-idle.ts";
import { measureStopping } from "./measure-stopping.ts";
import type { LinksocksPlan } from "./plan.ts";
import { findSubjects } from "./subjects.ts";

/** @param program our executable, and a folder that others may write to. */
export async function measureLinksocks(
  { executable, folder }: { readonly executable: string; readonly folder: string },
  plan: LinksocksPlan,
  tell: (progress: string) => void,
): Promise<readonly Figure[]> {
  const { all, hasYardstick } = findSubjects(executable, folder);
  const accounts: readonly Account[] = all.map((subject) => ({ subject, ledger: createLedger() }));
  for (let round = 1; round <= plan.rounds; round += 1) {
    for (const { subject, ledger } of accounts) {
      tell(`LinkSocks, ${subject.by ?? "ours"}: round ${round} of ${plan.rounds}`);
      if (subject.start !== undefined) await measureCarrying(subject.start, ledger, plan);
    }
  }
  tell(`LinkSocks: ${plan.idleConnections} idle connections`);
  await measureIdle(accounts, plan);
  for (let round = 1; round <= plan.stoppedRounds; round += 1) {
    for (const { subject, ledger } of accounts) {
      if (subject.start === undefined || !subject.isPair) continue;
      tell(`LinkSocks, ${subject.by ?? "ours"}: stopped reader ${round} of ${plan.stoppedRounds}`);
      await measureStopping(subject.start, ledger, plan);
    }
  }
  return toFigures(accounts, hasYardstick);
}
