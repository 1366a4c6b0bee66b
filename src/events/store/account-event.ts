import type { WireEvent } from "../event.ts";
import type { Connection } from "./connection.ts";

/** An event that changes what is last known of an account. */
export interface AccountEvent extends WireEvent {
  readonly account_id: number;
}

/** Changes the tables as the event says, within the transaction that stores it. `at` is when it came, as ISO-8601. */
export type ApplyEvent = (connection: Connection, event: AccountEvent, at: string) => void;
