import { describe, expect, test } from "bun:test";
import { LOOPBACKS } from "../../rig/linksocks-targets.ts";
import type { Destination } from "../../rig/socks5-client.ts";
import { openTargets } from "./targets.ts";

const GETS = 100;
const ECHOES = 250;
const DATAGRAMS = 10;

const { web, echo } = openTargets();

describe("baseline, without any LinkSocks", () => {
  for (const host of LOOPBACKS) {
    test(`HTTP target direct, ${host}: 204`, async () => {
      expect(await getStatus(web(host))).toBe(204);
    });

    test(`UDP target direct, ${host}: 10 of 10`, async () => {
      expect(await countEchoes(echo(host), DATAGRAMS)).toBe(DATAGRAMS);
    });
  }

  test("without any LinkSocks, none of 100 parallel GETs fails", async () => {
    const statuses = await Promise.all(Array.from({ length: GETS }, () => getStatus(web())));
    expect(statuses.filter((status) => status !== 204)).toEqual([]);
  });

  test("without any LinkSocks, none of 250 parallel UDP echoes fails", async () => {
    const counts = await Promise.all(Array.from({ length: ECHOES }, () => countEchoes(echo(), 1)));
    expect(counts).toEqual(Array.from({ length: ECHOES }, () => 1));
  });
});

async function getStatus({ host, port }: Destination): Promise<number> {
  const { status } = await fetch(`http://${host.includes(":") ? `[${host}]` : host}:${port}/generate_204`);
  return status;
}

/** Sends a datagram when the one before has come back; a lost one is for the test's time limit to tell. */
async function countEchoes({ host, port }: Destination, datagrams: number): Promise<number> {
  let news = Promise.withResolvers<string>();
  const socket = await Bun.udpSocket({
    hostname: host,
    connect: { hostname: host, port },
    socket: { data: (_, datagram) => news.resolve(datagram.toString()) },
  });
  let echoed = 0;
  for (let number = 0; number < datagrams; number++) {
    news = Promise.withResolvers();
    socket.send(`Hello UDP ${number}`);
    if ((await news.promise) === `Hello UDP ${number}`) echoed++;
  }
  socket.close();
  return echoed;
}
