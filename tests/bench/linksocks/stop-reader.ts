import { type Entry, type Line, openLine } from "./line.ts";
import { ENDLESS } from "./order.ts";
import { watchProgress } from "./progress.ts";

const STOPPED_BYTES = 200_000_000;
const WARM_UP_MS = 300;

export interface StopReport {
  /** Bytes per second of the neighbour, while it was alone and beside the one who had stopped. */
  readonly alone: number;
  readonly beside: number;
  /** How many bytes the stopped one never got when it went on. */
  readonly lost: number;
}

/** One reader orders 200 MB and reads nothing, while a neighbour reads all the time; then the first goes on alone. */
export async function stopReader(entry: Entry, milliseconds: number): Promise<StopReport> {
  const [neighbour, stopped] = [await openLine(entry), await openLine(entry)];
  let heard = 0;
  neighbour.attend({
    hear(bytes) {
      heard += bytes.length;
    },
  });
  neighbour.order({ kind: "zeros", bytes: ENDLESS });
  await Bun.sleep(WARM_UP_MS);
  const alone = await rate();
  const goOn = orderAndStop(stopped);
  const beside = await rate();
  neighbour.close();
  const arrived = await goOn();
  stopped.close();
  return { alone, beside, lost: STOPPED_BYTES - arrived };

  async function rate(): Promise<number> {
    const [began, before] = [performance.now(), heard];
    await Bun.sleep(milliseconds);
    return ((heard - before) * 1_000) / (performance.now() - began);
  }
}

/** @returns how to read after all; that resolves with the bytes that came. */
function orderAndStop(line: Line): () => Promise<number> {
  let arrived = 0;
  let notice = () => {};
  line.attend({
    hear(bytes) {
      arrived += bytes.length;
      notice();
    },
  });
  line.order({ kind: "zeros", bytes: STOPPED_BYTES });
  line.pause();
  return async () => {
    const progress = watchProgress(1);
    notice = () => (arrived < STOPPED_BYTES ? progress.move() : progress.finish());
    line.resume();
    await progress.ended;
    return arrived;
  };
}
