import * as v from "valibot";

/** Text of at most so many bytes of UTF-8. Half a surrogate pair is no text: it cannot be written as UTF-8. */
function describeText(mostBytes: number) {
  return v.pipe(
    v.string("must be text"),
    v.maxBytes(mostBytes, `is longer than ${mostBytes} bytes`),
    v.check((text) => text.isWellFormed(), "holds half a character"),
  );
}

/** Written for people; a sentence or two. */
export const sentenceSchema = describeText(1_000);

/** One word of a set that may grow. */
export const wordSchema = v.pipe(describeText(100), v.nonEmpty("is empty"));

/** The gateway's name of a contract, such as `CON.F.US.MES.Z25`. */
export const contractSchema = wordSchema;

/** Reference page event-stream.md section 4.7. */
export const ruleSchema = v.pipe(
  v.string("must be text"),
  v.regex(/^RULE-0(?:0[1-9]|1[0-2])$/, "must be RULE-001 to RULE-012"),
);
