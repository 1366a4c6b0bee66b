import * as v from "valibot";
import { Failure } from "../../platform/failure.ts";
import type { Publication } from "../event.ts";
import type { DatabaseConnection } from "./connection.ts";

/** By this, a call is recognized as a repetition of an earlier one. */
export interface CallKey {
  readonly key: string;
  /** A hash of the published events: the same key with other events is a mistake, and must not swallow them. */
  readonly fingerprint: string;
}

export interface AnswerLimits {
  /** Answers to calls with an idempotency key. */
  readonly answers: number;
  /** In milliseconds. */
  readonly answerAge: number;
}

/** On disk an answer is its numbers, or null, and for what was rejected its reasons. */
const answerSchema = v.pipe(v.string(), v.parseJson(), v.array(v.nullable(v.union([v.number(), v.string()]))));

/**
 * The answer that an earlier call with the same key had.
 * @throws Failure `usage` where that call published something else, `state-corrupt` where the answer is damaged.
 */
export function findAnswer(
  connection: DatabaseConnection,
  { key, fingerprint }: CallKey,
  since: number,
): readonly Publication[] | undefined {
  const row = connection.first<{ readonly call: string; readonly answer: string }>(
    "SELECT call, answer FROM answers WHERE key = ? AND at >= ?",
    key,
    since,
  );
  if (row === undefined) return undefined;
  if (row.call !== fingerprint)
    throw new Failure("usage", `the key "${key}" belongs to an earlier call with other events`, {
      hint: "use a new key for every call, and the same one only to repeat it unchanged",
    });
  const answer = v.safeParse(answerSchema, row.answer);
  if (!answer.success) throw new Failure("state-corrupt", "a stored answer in the database is damaged");
  return answer.output.map((each) =>
    typeof each === "string" ? { accepted: false, reason: each } : { accepted: true, seq: each },
  );
}

/** Keeps the answer for a repetition, and lets the oldest ones go. `now` in milliseconds since the epoch. */
export function storeAnswer(
  connection: DatabaseConnection,
  { key, fingerprint }: CallKey,
  answer: readonly Publication[],
  now: number,
  limits: AnswerLimits,
): void {
  connection.run(
    "INSERT OR REPLACE INTO answers VALUES (?, ?, ?, ?)",
    key,
    now,
    fingerprint,
    JSON.stringify(answer.map((each) => (each.accepted ? each.seq : each.reason))),
  );
  connection.run("DELETE FROM answers WHERE rowid <= (SELECT max(rowid) FROM answers) - ?", limits.answers);
  connection.run(
    "DELETE FROM answers WHERE rowid < (SELECT rowid FROM answers WHERE at >= ? ORDER BY rowid LIMIT 1)",
    now - limits.answerAge,
  );
}
