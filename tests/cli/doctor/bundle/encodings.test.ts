import { expect, test } from "bun:test";
import { encodingsOf } from "../../../../src/cli/doctor/bundle/encodings.ts";
import { generateKeys } from "../../../rig/keys.ts";

test("a text is found in hex and in base64, wherever it begins there", () => {
  const secret = "correct horse/battery";
  const forms = encodingsOf(secret);
  expect(forms[0]).toBe(secret);
  const shapes = [Buffer.from(secret).toString("hex"), Buffer.from(secret).toString("hex").toUpperCase()];
  for (const before of ["", "u", "us", "use", "user:"]) {
    for (const after of ["", "1", "12"]) shapes.push(Buffer.from(before + secret + after).toString("base64"));
  }
  shapes.push(encodeURIComponent(secret), Buffer.from(`x${secret}`).toString("base64url"));
  for (const shape of shapes) expect(forms.some((form) => form.length > 15 && shape.includes(form))).toBe(true);
});

test("a key is found by its bytes too, and without its padding", () => {
  const key = generateKeys().privateKey;
  const bytes = Buffer.from(key, "base64");
  const forms = encodingsOf(key);
  for (const form of [key, key.slice(0, -1), bytes.toString("hex"), bytes.toString("base64url")]) {
    expect(forms).toContain(form);
  }
  expect(forms).toContain(Buffer.from(key).toString("base64"));
});

test("quotes are found as JSON writes them", () => {
  expect(encodingsOf('a"b\\c')).toContain('a\\"b\\\\c');
});
