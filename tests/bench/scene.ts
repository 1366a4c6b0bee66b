import type { ClientConfig, FarEnd } from "../rig/far-end.ts";
import type { Plan } from "./plan.ts";

/** What all measurements have in common. */
export interface Scene {
  readonly plan: Plan;
  readonly farEnd: FarEnd;
  /** The one config, of that name with `.conf`, which every daemon measured has. */
  readonly configName: string;
  readonly config: ClientConfig;
  /** The config, for whoever runs wireproxy bare. */
  readonly configFile: string;
  readonly wireproxy: string;
  /** Tells the operator what is being measured. */
  readonly tell: (progress: string) => void;
}
