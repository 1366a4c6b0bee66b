// What ordinary clients of each door get while a hostile peer is at it, beside what they get without. Every case has a
// program started for it, and the hostile peer is a process of its own.

import { findNativeLinksocks } from "../../rig/linksocks-go.ts";
import { atMost, type Figure } from "../figure.ts";
import { nativeMaker, ownMaker, WHEEL_MAKER } from "../linksocks/pair.ts";
import { socksProxies } from "../linksocks/socks-proxies.ts";
import { ATTACKS, type Attack, type DoorName, type Orders } from "./attack.ts";
import { openDaemonDoor } from "./daemon-doors.ts";
import type { OpenDoor } from "./door.ts";
import type { LoadPlan } from "./plan.ts";
import { openLinkDoor, openProxyDoor } from "./relay-doors.ts";
import type { Fare } from "./watch.ts";

/** A hostile peer may hold ordinary clients up for so long. */
const MOST_DELAY_MS = 50;

interface Case {
  readonly door: DoorName;
  /** Undefined: ours. */
  readonly by: string | undefined;
  readonly note?: string | undefined;
  /** Undefined where it cannot be measured here. */
  readonly open: (() => Promise<OpenDoor>) | undefined;
}

/** @param program our executable, and a folder that others may write to. */
export async function measureLoad(
  { executable, folder }: { readonly executable: string; readonly folder: string },
  plan: LoadPlan,
  tell: (progress: string) => void,
): Promise<readonly Figure[]> {
  const figures: Figure[] = [];
  for (const each of findCases(executable, folder, plan)) {
    let alone: Fare | undefined;
    for (const attack of [undefined, ...ATTACKS]) {
      tell(`load, ${each.door}, ${each.by ?? "ours"}: ${attack ?? "alone"}`);
      const fare = each.open === undefined ? undefined : await watchBeside(each.open, attack, each.door, plan);
      alone ??= fare;
      figures.push(...toFigures(each, attack, fare, alone));
    }
  }
  return figures;
}

function findCases(executable: string, folder: string, plan: LoadPlan): readonly Case[] {
  const ours = ownMaker(executable, folder);
  const theirs = nativeMaker(folder) ?? WHEEL_MAKER;
  const note = findNativeLinksocks() === undefined ? "Go LinkSocks: its Python wheel." : undefined;
  const daemons = (["line", "control", "stream"] as const).map((door) => ({
    door,
    by: undefined,
    open: () => openDaemonDoor(door, executable, folder),
  }));
  const links = (["link", "socks"] as const).flatMap((door) => [
    { door, by: undefined, open: () => openLinkDoor(door, ours, plan) },
    { door, by: "Go LinkSocks", note, open: () => openLinkDoor(door, theirs, plan) },
  ]);
  const proxies = socksProxies(folder)
    .filter(({ by }) => by === "dante")
    .map(({ by, note, start }) => ({
      ...{ door: "socks" as const, by, note },
      open: start === undefined ? undefined : () => openProxyDoor(start, plan),
    }));
  return [...daemons, ...links, ...proxies];
}

async function watchBeside(
  open: () => Promise<OpenDoor>,
  attack: Attack | undefined,
  door: DoorName,
  { warmUpMs, watchMs }: LoadPlan,
): Promise<Fare | undefined> {
  try {
    await using opened = await open();
    const { port, target } = opened;
    await using _ = attack === undefined ? undefined : await startHostile({ attack, door, port, target });
    await Bun.sleep(warmUpMs);
    return await opened.watch(watchMs);
  } catch {
    return undefined;
  }
}

/** Resolves once it is at it. */
async function startHostile(orders: Orders): Promise<AsyncDisposable> {
  const isAtIt = Promise.withResolvers<void>();
  const child = Bun.spawn([process.execPath, `${import.meta.dir}/hostile.ts`, JSON.stringify(orders)], {
    stdio: ["ignore", "ignore", "inherit"],
    ipc: () => isAtIt.resolve(),
    onExit: () => isAtIt.reject(new Error("the hostile peer has ended")),
  });
  await isAtIt.promise;
  return {
    async [Symbol.asyncDispose]() {
      child.kill("SIGKILL");
      await child.exited;
    },
  };
}

/** Whose fare is not there came to nothing: its rate is 0. */
function toFigures(
  { door, by, note, open }: Case,
  attack: Attack | undefined,
  fare: Fare | undefined,
  alone: Fare | undefined,
): readonly Figure[] {
  const group = `Beside a hostile peer: ${TITLES[door]}`;
  const name = attack ?? "alone";
  const isOurs = by === undefined;
  const isJudged = isOurs && attack !== undefined && alone?.p99 !== undefined;
  const notes = [
    ...(note === undefined || attack !== undefined ? [] : [note]),
    ...(fare !== undefined && fare.failed > 0
      ? [`${by ?? "ours"}, ${TITLES[door]}, ${name}: ${fare.failed} requests came to nothing.`]
      : []),
  ];
  if (open === undefined && attack !== undefined) return [];
  const common = { group, ...(isOurs ? {} : { by }), ...(notes.length === 0 ? {} : { note: notes.join("\n") }) };
  const isRelay = door === "link" || door === "socks";
  return [
    {
      ...common,
      name: `${name}, p99`,
      unit: "ms",
      value: fare?.p99,
      ...(isJudged ? { target: atMost((alone?.p99 ?? 0) + MOST_DELAY_MS) } : {}),
    },
    {
      ...common,
      name: `${name}, ${isRelay ? "one stream" : "answers"}`,
      unit: isRelay ? "MB/s" : "/s",
      value: fare?.rate ?? (open === undefined ? undefined : 0),
    },
  ];
}

const TITLES: { readonly [door in DoorName]: string } = {
  line: "line protocol, state over new connections",
  control: "control API, signed requests over TCP",
  stream: "event stream, an event to 10 listeners",
  link: "LinkSocks server, connect → first echoed byte",
  socks: "SOCKS port of a LinkSocks client, connect → first echoed byte",
};
