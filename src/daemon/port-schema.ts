import * as v from "valibot";

/** A port of a setting; 0 lets the system choose. */
export const portSchema = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(65_535));

/** A port that has to be named. */
export const namedPortSchema = v.pipe(portSchema, v.minValue(1));
