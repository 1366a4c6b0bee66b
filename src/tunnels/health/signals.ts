import type { Signal } from "./signal.ts";
import { trackHandshakes } from "./signals/handshakes.ts";
import { trackProbes } from "./signals/probes.ts";
import { trackProcess } from "./signals/process.ts";
import { trackSending } from "./signals/sending.ts";
import { trackSilence } from "./signals/silence.ts";

/** Every signal by which a tunnel is judged. Among equally bad ones the first counts: what lies nearer explains the rest. */
export const SIGNALS = {
  process: trackProcess,
  sending: trackSending,
  handshakes: trackHandshakes,
  silence: trackSilence,
  probes: trackProbes,
} satisfies { readonly [name: string]: () => Signal };
