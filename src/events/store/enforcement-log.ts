import { integerIn, textIn, timeIn } from "../tables/fields.ts";
import type { ApplyEvent } from "./account-event.ts";

/** Reference page event-stream.md sections 4.7 and 8.1. A missing `success` is unknown, which is not the column's default. */
export const applyEnforcement: ApplyEvent = (connection, { account_id, data }, at) => {
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
};
