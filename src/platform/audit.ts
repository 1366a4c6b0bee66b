/** The categories of an audit entry, which are the predecessors'. */
type AuditCategory = "CMD" | "STATE" | "ACTION" | "ERROR" | "SUCCESS" | "INFO";

/** Keeps what happened. Whoever causes something calls it; who reads it is not the caller's business. */
export type Audit = (category: AuditCategory, message: string) => void;
