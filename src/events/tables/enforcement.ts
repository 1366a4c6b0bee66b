import type { WireEvent } from "../event.ts";
import type { DatabaseConnection } from "../store/connection.ts";
import { type AccountEvent, integerIn, readEvents, textIn, timeIn } from "./fields.ts";

/** One row per account: a second lockout replaces the first. `at` is when the event came, as ISO-8601. */
export function applyLockout(connection: DatabaseConnection, { account_id, data }: AccountEvent, at: string): void {
  connection.run(
    `INSERT INTO lockouts VALUES (?, 1, ?, ?, ?, ?, ?, ?)
      ON CONFLICT (account_id) DO UPDATE SET is_locked = 1, reason = excluded.reason, locked_at = excluded.locked_at,
        locked_until = excluded.locked_until, rule_id = excluded.rule_id, updated_at = excluded.updated_at`,
    account_id,
    textIn(data, "reason"),
    timeIn(data, "locked_at") ?? at,
    timeIn(data, "locked_until"),
    textIn(data, "rule_id"),
    at,
    at,
  );
}

export function applyLockoutCleared(
  connection: DatabaseConnection,
  { account_id, data }: AccountEvent,
  at: string,
): void {
  unlock(connection, account_id, timeIn(data, "cleared_at") ?? at);
}

/**
 * The row stays, since its age is the newest that some readers know of us; but it loses its end, since others look at that
 * alone.
 */
export function unlock(connection: DatabaseConnection, account: number, at: string): void {
  connection.run(
    `UPDATE lockouts SET is_locked = 0, reason = NULL, locked_at = NULL, locked_until = NULL, rule_id = NULL,
      updated_at = ? WHERE account_id = ?`,
    at,
    account,
  );
}

/** Every action has a row. A missing `success` is unknown, which is not the column's default. */
export function applyEnforcement(connection: DatabaseConnection, { account_id, data }: AccountEvent, at: string): void {
  const { success, details } = data;
  connection.run(
    `INSERT INTO enforcement_log (timestamp, account_id, rule_id, action, reason, success, details, execution_time_ms)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
    timeIn(data, "timestamp") ?? at,
    account_id,
    textIn(data, "rule_id") ?? "",
    textIn(data, "action") ?? "",
    textIn(data, "reason") ?? "",
    typeof success === "boolean" ? Number(success) : null,
    typeof details === "object" && details !== null ? JSON.stringify(details) : null,
    integerIn(data, "execution_time_ms"),
  );
}

/** The lockouts in force at `now` (ISO-8601), of one account or of all, as the events that would set them. */
export function readLockouts(
  connection: DatabaseConnection,
  now: string,
  account: number | null,
): Generator<WireEvent, void> {
  return readEvents(
    connection,
    "lockout_set",
    [
      `SELECT account_id AS key FROM lockouts WHERE is_locked = 1 AND (locked_until IS NULL OR locked_until > ?1)
        AND (?2 IS NULL OR account_id = ?2) ORDER BY account_id`,
      now,
      account,
    ],
    // One that is cleared meanwhile is none.
    `SELECT account_id, reason, locked_at, locked_until, rule_id FROM lockouts WHERE is_locked = 1 AND account_id = ?`,
  );
}
