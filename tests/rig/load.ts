import type { TestDaemon } from "./daemon-process.ts";

/** Asks each URL again and again, over a new connection each time; any answer will do. */
export function knockOn(urls: readonly string[]) {
  const faults: string[] = [];
  let answers = 0;
  let isOver = false;
  const knocking = urls.map(async (url) => {
    while (!isOver) {
      try {
        await (await fetch(url, { headers: { connection: "close" } })).text();
        answers += 1;
      } catch (error) {
        faults.push(`${url}: ${String(error)}`);
      }
    }
  });
  const stop = async () => {
    isOver = true;
    await Promise.all(knocking);
  };
  return { faults, answers: () => answers, stop, [Symbol.asyncDispose]: stop };
}

/** Clients that ask again and again, each time on a connection of its own. */
export function startLoad(daemon: Pick<TestDaemon, "ask">, count: number) {
  const faults: string[] = [];
  let replies = 0;
  let over = false;
  const clients = Array.from({ length: count }, async () => {
    while (!over) {
      try {
        const { result, error } = await daemon.ask("state:");
        if (error !== null || result?.["running"] !== true) faults.push(JSON.stringify({ result, error }));
        replies += 1;
      } catch (error) {
        faults.push(String(error));
      }
    }
  });
  const stop = async () => {
    over = true;
    await Promise.all(clients);
  };
  return { faults, replies: () => replies, stop, [Symbol.asyncDispose]: stop };
}
