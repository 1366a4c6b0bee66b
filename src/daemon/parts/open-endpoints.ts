import { readFileSync } from "node:fs";
import { dirname } from "node:path";
import { type HealthDoor, startHealthDoor } from "../../api/health/server.ts";
import { type NgrokdSocket, startNgrokdSocket } from "../../api/ngrokd/server.ts";
import { settingsOf } from "../../endpoints/config/config-file.ts";
import { type Checked, describeFinding } from "../../endpoints/config/findings.ts";
import type { EndpointSettings } from "../../endpoints/config/settings.ts";
import type { EndpointsDocument, EndpointsService } from "../../endpoints/document.ts";
import { type EndpointsOptions, startEndpoints } from "../../endpoints/endpoints.ts";
import { createJournal } from "../../endpoints/serving/journal.ts";
import { letGo } from "../../platform/containment.ts";
import { attemptOr, describeError, Failure } from "../../platform/failure.ts";
import { makePrivateFolder } from "../../platform/files/files.ts";
import { watchFolder } from "../../platform/files/folder-watch.ts";
import { startTimer } from "../../platform/timers.ts";

/** A health port that another program has is tried again, in milliseconds. */
const RETRY_MS = 30_000;

interface OpenEndpointsOptions extends Omit<EndpointsOptions, "settings"> {
  /** The file that the settings stand in. */
  readonly file: string;
  /** Reads them from there. @throws Failure where it cannot be read. */
  readonly read: () => Checked<EndpointSettings>;
  /** Writes another API key into that file. @throws Failure. */
  readonly saveApiKey: (key: string) => void;
  readonly version: string;
  /** Ends the process; undefined where endpoints are not all that it serves. */
  readonly shutDown?: (() => void) | undefined;
  readonly onActivity?: () => void;
}

export type OpenEndpoints = Awaited<ReturnType<typeof openEndpoints>>;

/**
 * Endpoints with all their doors: ngrokd's socket, and the one for health; the file of their settings is watched.
 * @throws Failure `settings-invalid` with all that is wrong, `file-unusable` for the socket or the folder of the state.
 */
export async function openEndpoints(options: OpenEndpointsOptions) {
  const { file, audit, now, version, inherited } = options;
  const checked = options.read();
  let settings = settingsOf(checked, file);
  let warnings = checked.warnings.map(describeFinding);
  let settingsFault: string | null = null;
  let healthFault: string | null = null;
  let seen = readTextOr(file);
  for (const warning of warnings) audit("INFO", `[endpoints] ${warning}`);
  makePrivateFolder(settings.stateFolder);
  const journal = createJournal(settings.stateFolder);
  await journal.cleanUp(settings.hosts.path);
  noteHosts(settings.hosts.path);
  const endpoints = await startEndpoints({ ...options, settings });
  let changing: Promise<void> = Promise.resolve();
  let health: HealthDoor | undefined;
  let retry: ReturnType<typeof setTimeout> | undefined;
  let socket: NgrokdSocket | undefined;
  const service: EndpointsService = {
    describe,
    poll: endpoints.poll,
    refreshCertificate: endpoints.refreshCertificate,
    reload,
    setApiKey,
  };
  openHealth();
  try {
    socket = openSocket();
  } catch (error) {
    health?.stop();
    await endpoints.stop();
    throw error;
  }
  let watch = watchSettings();

  return {
    ...service,
    /** Second descriptors of all sockets that listen; the caller closes them. */
    lend: () => [...endpoints.lend(), ...(health?.lend() ?? [])],
    async freeze(): Promise<void> {
      watch.stop();
      await changing;
      await endpoints.freeze();
    },
    async resume(): Promise<void> {
      watch = watchSettings();
      await endpoints.resume();
    },
    async drain(): Promise<void> {
      clearTimeout(retry);
      health?.stop();
      await endpoints.drain();
    },
    /** Ends all, and undoes what it has changed on this machine. */
    async stop(): Promise<void> {
      watch.stop();
      // It also ends what a change of the key still waits for.
      await endpoints.stop();
      await changing;
      if (settings.hosts.cleanupOnExit) journal.close();
      clearTimeout(retry);
      health?.stop();
      socket?.stop();
    },
    /** Cuts off what is still carried. */
    cut: endpoints.cut,
  };

  function describe(): EndpointsDocument {
    const known = endpoints.describe();
    const failing = [...known.failing, ...(settingsFault === null ? [] : [`settings: ${settingsFault}`])];
    return {
      ...known,
      failing,
      health: { address: health?.address ?? null, fault: healthFault },
      socket: socket?.path ?? null,
      settingsFault,
      warnings,
    };
  }

  /** A full disk is no reason to serve nothing: the next start with these settings finds the names all the same. */
  function noteHosts(path: string): void {
    try {
      journal.note(path);
    } catch (error) {
      audit("ERROR", `[endpoints] cannot note that names are written to ${path}: ${describeError(error)}`);
    }
  }

  /** One change after the other. */
  function change(act: () => Promise<void>): Promise<void> {
    const turn = changing.then(act);
    changing = turn.catch(() => undefined);
    return turn;
  }

  function reload(): Promise<void> {
    return change(readAnew);
  }

  async function readAnew(): Promise<void> {
    try {
      const next = options.read();
      await apply(settingsOf(next, file));
      warnings = next.warnings.map(describeFinding);
      settingsFault = null;
      audit("INFO", `[endpoints] the settings of ${file} are in force`);
    } catch (error) {
      settingsFault = describeError(error);
      audit("ERROR", `[endpoints] what stands goes on: ${settingsFault}`);
      throw error;
    }
  }

  async function apply(next: EndpointSettings): Promise<void> {
    const former = settings;
    if (next.stateFolder !== former.stateFolder) {
      throw new Failure("settings-invalid", `${file}: the folder of client_cert has changed`, {
        hint: "that holds from the next start on",
      });
    }
    settings = next;
    noteHosts(next.hosts.path);
    await endpoints.configure(next);
    const isSame = (one: EndpointSettings["health"], other: EndpointSettings["health"]) =>
      JSON.stringify(one) === JSON.stringify(other);
    if (!isSame(former.health, next.health)) {
      health?.stop();
      openHealth();
    }
    if (JSON.stringify(former.socket) !== JSON.stringify(next.socket)) {
      const opened = openSocket();
      socket?.stop();
      socket = opened;
    }
  }

  /** The key is on disk before it is in force. */
  function setApiKey(key: string): Promise<void> {
    return change(async () => {
      options.saveApiKey(key);
      seen = readTextOr(file);
      await readAnew();
      await endpoints.answered();
    });
  }

  function openSocket(): NgrokdSocket {
    const { path, mode } = settings.socket;
    return startNgrokdSocket({ ...options, path, mode, service });
  }

  function openHealth(): void {
    clearTimeout(retry);
    const { address, requireEndpoints } = settings.health;
    try {
      health = startHealthDoor({
        ...address,
        inherited: health === undefined ? inherited : [],
        service,
        version,
        requiresEndpoints: requireEndpoints,
        now,
      });
      healthFault = null;
    } catch (error) {
      health = undefined;
      const fault = describeError(error);
      if (fault !== healthFault) audit("ERROR", `[endpoints] ${fault}`);
      healthFault = fault;
      retry = startTimer("health door", RETRY_MS, openHealth);
      retry.unref();
    }
  }

  function watchSettings(): { stop(): void } {
    return watchFolder(dirname(file), () => {
      const text = readTextOr(file);
      if (text === seen) return;
      seen = text;
      letGo(
        "endpoints",
        // A fault is in the audit log, and in the status.
        reload().catch(() => undefined),
      );
    });
  }
}

function readTextOr(file: string): string {
  return attemptOr("", () => readFileSync(file, "utf8"));
}
