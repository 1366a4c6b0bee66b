// The event stream beside what people write a feed with otherwise; the listeners are a process of their own. Each figure
// is taken with a server that was just started.

import { atLeast, atMost, type Figure, type Target } from "../figure.ts";
import { measureDurable } from "./measure-durable.ts";
import { measureFlood } from "./measure-flood.ts";
import { measureIdle } from "./measure-idle.ts";
import { type Load, measureSteady } from "./measure-steady.ts";
import { measureStopped } from "./measure-stopped.ts";
import { findOtherSubjects } from "./other-subjects.ts";
import { ownSubject } from "./own-subject.ts";
import type { EventsPlan } from "./plan.ts";
import type { Broadcaster, Subject } from "./subject.ts";

const GROUP = "Event stream";
const BATCH = 200;
const LOADS: readonly (Load & { readonly target?: Target })[] = [
  { perSecond: 60, clients: 100, target: atMost(5) },
  { perSecond: 1_000, clients: 100 },
  { perSecond: 1_000, clients: 1_000 },
];

/** What is measured together: their names and units, and how; a value for each name. */
interface Rows {
  readonly rows: readonly Pick<Figure, "name" | "unit" | "target" | "note">[];
  readonly measure: (broadcaster: Broadcaster, plan: EventsPlan) => Promise<readonly (number | undefined)[]>;
  readonly isOfOursAlone?: true;
}

const ALL: readonly Rows[] = [
  {
    rows: [{ name: "deliveries to 1,000 clients, flood", unit: "/s", target: atLeast(1e6) }],
    measure: async (broadcaster, plan) => [await measureFlood(broadcaster, plan)],
  },
  ...LOADS.map(steadyRows),
  {
    rows: [
      { name: "durable 1,000 events/s of 1 KB, 100 clients, p99", unit: "ms" },
      { name: "the same while one client is stopped, p99", unit: "ms" },
      { name: "the stopped client, close code (1013 is right)", unit: "" },
    ],
    async measure(broadcaster, plan) {
      const { before, meanwhile, closeCode } = await measureStopped(broadcaster, plan);
      return [before, meanwhile, closeCode];
    },
    isOfOursAlone: true,
  },
  {
    rows: [
      {
        ...{ name: "1,000 idle clients, resident growth", unit: "MB", target: atMost(10) },
        note: "1,000 idle clients: as many MB as there are KB per client.",
      },
    ],
    measure: async (broadcaster, plan) => [await measureIdle(broadcaster, plan)],
  },
  {
    rows: [
      { name: "durable events, one at a time", unit: "/s" },
      { name: `durable events, batches of ${BATCH}`, unit: "/s" },
    ],
    measure: async (broadcaster, { durableMs }) => [
      await measureDurable(broadcaster, 1, durableMs),
      await measureDurable(broadcaster, BATCH, durableMs),
    ],
    isOfOursAlone: true,
  },
];

/** @param program our executable, and a folder that others may write to. */
export async function measureEvents(
  { executable, folder }: { readonly executable: string; readonly folder: string },
  plan: EventsPlan,
  tell: (progress: string) => void,
): Promise<readonly Figure[]> {
  const subjects = [ownSubject(executable, folder), ...(await findOtherSubjects(folder))];
  const figures: Figure[] = [];
  for (const rows of ALL) {
    const taken: Figure[][] = [];
    for (const subject of subjects) {
      if (subject.by !== undefined && (rows.isOfOursAlone || (subject.start === undefined && rows !== ALL[0])))
        continue;
      tell(`event stream, ${subject.by ?? "ours"}: ${rows.rows[0]?.name}`);
      taken.push(await take(rows, subject, plan));
    }
    figures.push(...rows.rows.flatMap((_, index) => taken.flatMap((column) => column[index] ?? [])));
  }
  return figures;
}

async function take({ rows, measure }: Rows, { by, start, note }: Subject, plan: EventsPlan): Promise<Figure[]> {
  let values: readonly (number | undefined)[] = [];
  let complaint = note;
  try {
    if (start !== undefined) {
      await using broadcaster = await start();
      values = await measure(broadcaster, plan);
    }
  } catch (error) {
    complaint = `${by ?? "ours"}, ${rows[0]?.name}: ${error instanceof Error ? error.message : error}.`;
  }
  return rows.map(({ name, unit, target, note: remark }, index) => {
    const shown = complaint ?? remark;
    return {
      ...{ group: GROUP, name, unit, value: values[index] },
      ...(by === undefined ? {} : { by }),
      ...(by !== undefined || target === undefined ? {} : { target }),
      ...(shown === undefined ? {} : { note: shown }),
    };
  });
}

function steadyRows({ perSecond, clients, target }: Load & { readonly target?: Target }): Rows {
  const name = `${perSecond.toLocaleString("en")} events/s, ${clients.toLocaleString("en")} clients`;
  return {
    rows: [
      { name: `${name}, p50`, unit: "ms" },
      { name: `${name}, p99`, unit: "ms", ...(target === undefined ? {} : { target }) },
    ],
    async measure(broadcaster, plan) {
      const { p50, p99 } = await measureSteady(broadcaster, { perSecond, clients }, plan);
      return [p50, p99];
    },
  };
}
