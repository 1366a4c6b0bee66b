import { describe, expect, test } from "bun:test";
import { pump } from "../../../src/net/pump.ts";
import { until } from "../../rig/until.ts";
import { bodies, compressed, data, ID, openChannel } from "./tcp-channel-rig.ts";

describe("any TCP channel", () => {
  test.each([
    ["EOF", "end"],
    ["", "end"],
    ["connection reset", "terminate"],
  ] as const)("shows its socket a Disconnect because of %p as %s, after all that came before", (reason, ending) => {
    const { stream, deliver } = openChannel({ room: 2 });
    deliver(data("answer"));
    deliver({ type: "disconnect", channel: ID, reason });
    expect(stream.ending).toBe("none");
    stream.room = 100;
    stream.data.listener.onDrain();
    expect(stream.written.toString()).toBe("answer");
    expect(stream.ending).toBe(ending);
  });

  test("any TCP channel tells the peer of a broken socket as of a broken one", () => {
    const { link, trunk, stream } = openChannel();
    stream.data.listener.onClose(true);
    expect(link.sent).toEqual([{ type: "disconnect", channel: ID, reason: "connection reset" }]);
    expect(trunk.has(ID)).toBe(false);
  });

  test("any TCP channel tells an orderly end that only the close shows", () => {
    const { link, stream } = openChannel();
    stream.data.listener.onData(Buffer.from("last"));
    stream.data.listener.onClose(false);
    expect(link.sent.at(-1)).toEqual({ type: "disconnect", channel: ID, reason: "EOF" });
  });

  test("any TCP channel breaks its socket when the link is lost: an orderly end would be a lie", () => {
    const { trunk, stream } = openChannel();
    trunk.end();
    expect(stream.ending).toBe("terminate");
  });

  test("any TCP channel holds bytes of the target back until the peer knows that it is open", () => {
    const { link, channel, stream } = openChannel({ allowed: false });
    stream.data.listener.onData(Buffer.from("banner"));
    expect(link.sent).toEqual([]);
    expect(stream.isPaused).toBe(true);
    channel.allowSending();
    expect(bodies(link)).toEqual(["banner"]);
    expect(stream.isPaused).toBe(false);
  });

  test("any TCP channel keeps data that comes before the socket, and an end that comes behind it", () => {
    const { channel, deliver, stream } = openChannel({ joined: false });
    deliver(data("early"));
    deliver({ type: "disconnect", channel: ID, reason: "EOF" });
    pump(stream, channel);
    expect(stream.written.toString()).toBe("early");
    expect(stream.ending).toBe("end");
  });

  test("any TCP channel ends the link whose peer sends a body that is no gzip", async () => {
    const { link, deliver } = openChannel();
    deliver({ ...data("no gzip"), isCompressed: true });
    await until("it is closed", () => link.closedWith);
    expect(link.closedWith?.code).toBe(1002);
  });

  test("any TCP channel keeps the order of what comes while a body is inflated, and reads nothing more meanwhile", async () => {
    const { link, stream, deliver } = openChannel();
    deliver(compressed("one "));
    deliver(data("two "));
    deliver(compressed("three "));
    deliver(data("four"));
    deliver({ type: "disconnect", channel: ID, reason: "" });
    expect([link.isPaused, stream.written.toString()]).toEqual([true, ""]);
    await until("all is written", () => stream.written.toString() === "one two three four");
    expect(link.isPaused).toBe(false);
  });

  test("any TCP channel hands on what came before its link was lost, a compressed body too", async () => {
    const { trunk, stream, deliver } = openChannel();
    deliver(compressed("the last"));
    trunk.end();
    await until("it is written", () => stream.written.toString() === "the last");
  });

  test("any TCP channel waits in turn for a congested link", () => {
    const { link, trunk, stream } = openChannel();
    link.congested = true;
    stream.data.listener.onData(Buffer.from("waits"));
    expect(stream.isPaused).toBe(true);
    trunk.drain();
    expect(link.sent).toEqual([]);
    link.congested = false;
    trunk.drain();
    expect(bodies(link)).toEqual(["waits"]);
    expect(stream.isPaused).toBe(false);
  });
});
