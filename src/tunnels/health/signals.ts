import type { Signal } from "./signal.ts";
import { trackAnswers } from "./signals/answers.ts";
import { trackHandshakes } from "./signals/handshakes.ts";
import { trackPings } from "./signals/pings.ts";
import { trackProbes } from "./signals/probes.ts";
import { trackProcess } from "./signals/process.ts";
import { trackSending } from "./signals/sending.ts";
import { trackSilence } from "./signals/silence.ts";

/**
 * Every signal by which a tunnel is judged: those of its process, of each of its peers, and of all that it carries. Among
 * equally bad ones the first counts: what lies nearer explains the rest.
 */
export const SIGNALS = {
  process: { process: trackProcess },
  peer: {
    sending: trackSending,
    handshakes: trackHandshakes,
    silence: trackSilence,
    answers: trackAnswers,
  },
  carried: { probes: trackProbes, pings: trackPings },
} satisfies { readonly [part: string]: { readonly [name: string]: () => Signal } };
