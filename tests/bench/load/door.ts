import type { Fare } from "./watch.ts";

/** A door that is open, and ordinary clients of it. */
export interface OpenDoor extends AsyncDisposable {
  readonly port: number;
  /** A port that it leads to, for peers that ask for one; 0 for none. */
  readonly target: number;
  /** Has ordinary clients use it for a while. */
  watch(milliseconds: number): Promise<Fare>;
}
