import { closeSync, watch } from "node:fs";
import { dirname } from "node:path";
import { contain, letGo } from "../containment.ts";
import { attemptOr } from "../failure.ts";
import { openLibrary } from "../libc.ts";
import { startTimer } from "../timers.ts";

/** A save takes several steps, and a copy of many files some time. */
const SETTLE_MS = 100;
/** How often to check where the system reports nothing: it also has a limit of watches. */
const LOOK_EVERY_MS = 60_000;

/** What the loop watch calls it. */
const PART = "folder watch";

/**
 * Calls `onChange` 100 ms after the first of several changes in a folder: a file was added, removed, or written and closed.
 * The folder itself may come and go. The system reports changes, so that a quiet folder costs no wake-up; where it does
 * not, `onChange` is called once a minute. It never throws. What a symbolic link in the folder leads to is not
 * watched.
 */
export function watchFolder(folder: string, onChange: () => void): { stop(): void } {
  let news: Disposable | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  listen();

  return {
    stop() {
      clearTimeout(timer);
      endNews();
    },
  };

  function listen(): void {
    news = waitForNews(folder, heard);
    if (news === undefined) look(LOOK_EVERY_MS);
  }

  function heard(isFault = false): void {
    if (news === undefined) return;
    endNews();
    look(isFault ? LOOK_EVERY_MS : SETTLE_MS);
  }

  function endNews(): void {
    news?.[Symbol.dispose]();
    news = undefined;
  }

  function look(after: number): void {
    timer = startTimer(PART, after, () => {
      // Before the caller reads the folder, so that no change is missed in between.
      listen();
      onChange();
    });
    timer.unref();
  }
}

/** Calls `heard` at the first change, or when it is clear that none will be reported. Undefined where none can be. */
function waitForNews(folder: string, heard: (isFault?: boolean) => void): Disposable | undefined {
  const wait = process.platform === "linux" ? waitForInotify : waitForNode;
  return attemptOr(undefined, () => wait(folder, heard));
}

/** inotify(7), which Bun's own `watch` puts into a thread: that takes 0.2 MB more. */
function waitForInotify(folder: string, heard: (isFault?: boolean) => void): Disposable | undefined {
  const descriptor = inotify().inotify_init1(CLOSE_ON_EXEC | NON_BLOCKING);
  if (descriptor === -1) return undefined;
  try {
    if (!addWatch(descriptor, folder)) return undefined;
    const reader = Bun.file(descriptor).stream().getReader();
    let isOver = false;
    const end = (isFault: boolean) => isOver || heard(isFault);
    const news = reader.read().then(
      () => end(false),
      () => end(true),
    );
    letGo(PART, news);
    return {
      [Symbol.dispose]() {
        isOver = true;
        letGo(
          PART,
          reader.cancel().catch(() => {}),
        );
      },
    };
  } finally {
    // The reader has a copy of it, which it closes at its end.
    closeSync(descriptor);
  }
}

const CLOSE_ON_EXEC = 0o2000000;
const NON_BLOCKING = 0o4000;
/** IN_CREATE (of a link, too), IN_MOVED_TO. */
const COMES = 0x100 | 0x080;
/** IN_CLOSE_WRITE, IN_MOVED_FROM, IN_DELETE. */
const IS_WRITTEN_OR_GOES = 0x008 | 0x040 | 0x200;
/** IN_DELETE_SELF, IN_MOVE_SELF, IN_ONLYDIR. */
const FOLDER_ITSELF = 0x400 | 0x800 | 0x01000000;

/** Watches the folder, or the nearest one above it that is there, in which the next one will come. */
function addWatch(descriptor: number, folder: string, wanted = COMES | IS_WRITTEN_OR_GOES): boolean {
  const add = () => inotify().inotify_add_watch(descriptor, folder, wanted | FOLDER_ITSELF) !== -1;
  if (add()) return true;
  const above = dirname(folder);
  if (above === folder || !addWatch(descriptor, above, COMES)) return false;
  // It may have come meanwhile.
  add();
  return true;
}

let loaded: ReturnType<typeof openInotify> | undefined;

function inotify() {
  loaded ??= openInotify();
  return loaded;
}

function openInotify() {
  return openLibrary({
    inotify_init1: { args: ["i32"], returns: "i32" },
    inotify_add_watch: { args: ["i32", "cstring", "u32"], returns: "i32" },
  });
}

/** For macOS, where it has not been run. */
function waitForNode(folder: string, heard: (isFault?: boolean) => void): Disposable | undefined {
  for (let at = folder; ; at = dirname(at)) {
    try {
      const news = contain(PART, heard);
      const watcher = watch(at, { persistent: false }, () => news());
      watcher.on("error", () => news(true));
      return { [Symbol.dispose]: () => watcher.close() };
    } catch {
      if (dirname(at) === at) return undefined;
    }
  }
}
