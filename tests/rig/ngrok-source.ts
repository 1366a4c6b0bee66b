import { readDocument } from "../../src/endpoints/config/read-document.ts";
import type { NgrokSettings } from "../../src/endpoints/config/settings.ts";
import { createNgrokSource } from "../../src/endpoints/sources/ngrok/source.ts";
import { startNgrokApi } from "./ngrok-api.ts";
import { temporaryFolder } from "./temporary-folder.ts";

/** A source of ngrok's endpoints beside a stand-in for its API, in a folder of their own, with a clock that stands still. */
export async function createNgrokScene() {
  const folder = temporaryFolder();
  const api = await startNgrokApi();
  const clock = { now: Date.now() };
  const dials: {
    readonly address: string;
    readonly cert: string | undefined;
    readonly host: string;
    readonly port: number;
  }[] = [];
  return {
    api,
    folder: folder.path,
    clock,
    /** Connections that were asked for; none is opened. */
    dials,
    settings,
    /** As after a start of the daemon. */
    create: (change: Partial<NgrokSettings> = {}, milliseconds?: number) =>
      createNgrokSource({
        settings: settings(change),
        stateFolder: folder.path,
        now: () => clock.now,
        random: () => 0.5,
        ...(milliseconds === undefined ? {} : { milliseconds }),
        openIngress: (address, identity) => ({
          async dial(host, port) {
            dials.push({ address: `${address.host}:${address.port}`, cert: identity()?.cert, host, port });
            throw new Error("nothing is carried here");
          },
        }),
      }),
    async [Symbol.asyncDispose]() {
      await api.stop();
      folder[Symbol.dispose]();
    },
  };

  function settings(change: Partial<NgrokSettings> = {}): NgrokSettings {
    const document = { api: { url: api.url, key: "test_key" } };
    const defaults = { socketPath: "", socketMode: 0o600, stateFolder: folder.path, asksNgrok: true };
    const { settings: read } = readDocument(document, {}, defaults);
    if (read?.ngrok === undefined) throw new Error("the settings of the scene are wrong");
    return { ...read.ngrok, ...change };
  }
}
