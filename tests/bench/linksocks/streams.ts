import type { Line } from "./line.ts";
import { CHUNK_BYTES, COUNT_BYTES, decodeCount, ENDLESS, STEP_BYTES } from "./order.ts";
import type { Progress } from "./progress.ts";

/** Bytes that flow in one direction until they are told to stop. */
export interface Stream {
  /** How many have arrived so far; upwards, as far as the target has said. */
  arrived(): number;
  /** No more. Finishes the progress once every byte that was sent has arrived, and no other. */
  stop(): void;
}

const STOP = new Uint8Array(1);
const chunk = new Uint8Array(CHUNK_BYTES);

/** From the target. */
export function receive(line: Line, kind: "zeros" | "noise", progress: Progress): Stream {
  let arrived = 0;
  let isStopping = false;
  let last = new Uint8Array(COUNT_BYTES);
  line.attend({
    hear(bytes) {
      arrived += bytes.length;
      progress.move();
      if (!isStopping) return;
      last = Buffer.concat([last, bytes.subarray(-COUNT_BYTES)]).subarray(-COUNT_BYTES);
      if (decodeCount(last) === arrived - COUNT_BYTES) progress.finish();
    },
  });
  line.order({ kind, bytes: ENDLESS });
  return {
    arrived: () => arrived,
    stop() {
      isStopping = true;
      line.write(STOP);
    },
  };
}

/** To the target. */
export function deliver(line: Line, progress: Progress): Stream {
  let written = 0;
  let arrived = 0;
  let isStopping = false;
  line.attend({
    hear(bytes) {
      arrived += bytes.length * STEP_BYTES;
      progress.move();
      finishIfDone();
    },
    drain: pump,
  });
  line.order({ kind: "take", bytes: 0 });
  pump();
  return {
    arrived: () => arrived,
    stop() {
      isStopping = true;
      finishIfDone();
    },
  };

  /** It ends with a whole step, which the target answers. */
  function pump(): void {
    while (!isStopping || written % STEP_BYTES !== 0) {
      const taken = line.write(chunk.subarray(0, STEP_BYTES - (written % STEP_BYTES)));
      if (taken === 0) return;
      written += taken;
      progress.move();
    }
  }

  function finishIfDone(): void {
    if (isStopping && arrived === written) progress.finish();
  }
}
