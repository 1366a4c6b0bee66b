import { expect, test } from "bun:test";
import { parseEndpointUrl } from "../../src/endpoints/url.ts";
import { fc } from "../rig/properties.ts";
import { failureOf } from "../rig/rejection.ts";

const READ: readonly (readonly [written: string, url: string])[] = [
  ["http://app.example", "http://app.example:80"],
  ["http://app.example:80", "http://app.example:80"],
  ["http://app.example:8080", "http://app.example:8080"],
  ["https://app.example", "https://app.example:443"],
  ["https://app.example:80", "https://app.example:80"],
  ["tls://app.example", "tls://app.example:443"],
  ["tcp://db.example:5432", "tcp://db.example:5432"],
  ["HTTP://App.Example", "http://app.example:80"],
  ["tcp://DB.Example:05432", "tcp://db.example:5432"],
  ["http://user:secret@app.example/path?query#part", "http://app.example:80"],
  ["http://app.example.", "http://app.example:80"],
  ["tcp://under_score.example:1", "tcp://under_score.example:1"],
  ["tcp://single:65535", "tcp://single:65535"],
];

test.each(READ)("The endpoint URL %s is the endpoint %s.", (written, url) => {
  expect(parseEndpointUrl(written).url).toBe(url);
});

const REFUSED: readonly (readonly [written: string, why: RegExp])[] = [
  ["tcp://db.example", /tcp needs a port/],
  ["app.example:80", /no scheme/],
  ["", /no scheme/],
  ["ftp://app.example", /the scheme ftp is none of/],
  ["http://app.example:0", /port is not in 1 to 65535/],
  ["http://app.example:65536", /no URL/],
  ["http://app.example:eighty", /no URL/],
  ["http://", /no host/],
  ["http://[::1]:80", /a name is needed/],
  ["tcp://10.0.0.1:80", /a name is needed/],
  ["http://a..b", /no host name/],
  ["http://-a.example", /no host name/],
  ["http://*.example", /would need a DNS server/],
  ["http://a.*.example", /would need a DNS server/],
  [`http://${"a".repeat(64)}.example`, /no host name/],
  [`http://${"abcdefg.".repeat(40)}example`, /no host name/],
];

test.each(REFUSED)("The endpoint URL %j is refused with a reason.", (written, why) => {
  expect(failureOf(() => parseEndpointUrl(written)).message).toMatch(why);
});

test("Whatever stands where an endpoint's URL should, it is read to a URL that reads the same, or refused.", () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.webUrl(),
        fc.string().map((rest) => `tcp://${rest}`),
      ),
      (text) => {
        let url: string;
        try {
          ({ url } = parseEndpointUrl(text));
        } catch {
          failureOf(() => parseEndpointUrl(text));
          return;
        }
        expect(parseEndpointUrl(url).url).toBe(url);
      },
    ),
  );
});
