/** Runs a command again whenever a file below some folders is saved, until the person ends it. */
import { type FSWatcher, watch } from 'node:fs'
import { readdir, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import type { Io } from './io.ts'

/** One save is several events, and an editor that saves all files makes one after the other. */
const QUIET_MS = 100

/** Moves to the upper left corner, and clears the screen and what was scrolled off it. */
const CLEAR = '\u001b[H\u001b[2J\u001b[3J'

/**
 * The first run comes at once. Runs do not overlap: what is saved during one leads to one more after it.
 *
 * @param dirs - folders or files; where one is missing there is one run and nothing to wait for
 * @returns what the last run returned, when the person has ended it
 */
export async function rerunOnSave<T>(io: Io, dirs: readonly string[], run: () => Promise<T>): Promise<T> {
  const state = { saves: 0, isEnded: false, wake: () => {} }
  const watched = watcherOf(dirs, () => {
    state.saves++
    state.wake()
  })
  io.onInterrupt(() => {
    state.isEnded = true
    state.wake()
  })
  for (;;) {
    const isThere = await watched.refresh()
    if (isThere && io.terminal.stdout) io.stdout(CLEAR)
    const { saves } = state
    const outcome = await run()
    if (isThere && !state.isEnded)
      io.stderr(`sallyport: waiting for a change in ${dirs.join(', ')}; Ctrl-C ends\n`)
    while (isThere && !state.isEnded && state.saves === saves) await woken(state)
    await quiet(state)
    if (isThere && !state.isEnded) continue
    watched.close()
    return outcome
  }
}

type State = { saves: number; readonly isEnded: boolean; wake: () => void }

const woken = (state: State): Promise<void> =>
  new Promise((resolve) => {
    state.wake = resolve
  })

/** Waits until no more is saved for a moment. */
async function quiet(state: State): Promise<void> {
  for (let saves = -1; !state.isEnded && saves !== state.saves; ) {
    saves = state.saves
    let timer: NodeJS.Timeout | undefined
    const pause = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, QUIET_MS)
    })
    await Promise.race([pause, woken(state)])
    clearTimeout(timer)
  }
}

/** Watches each folder by itself: on Linux, a recursive watcher loses a file that another one took the name of. */
function watcherOf(dirs: readonly string[], saved: () => void) {
  const watchers = new Map<string, FSWatcher>()
  const add = ({ key, path, isMeant }: Folder): void => {
    if (watchers.has(key)) return
    const watcher = watch(path, (_event, name) => {
      if (name === null || isMeant(name)) saved()
    })
    watchers.set(key, watcher.on('error', saved))
  }
  return {
    /** Looks for folders that are new. Before a run: what is in them is then read, and what comes later is seen. */
    refresh: async (): Promise<boolean> => {
      const found = await Promise.all(dirs.map((dir) => foldersAt(dir)))
      const keys = new Set(found.flat().map(({ key }) => key))
      for (const [key, watcher] of watchers) {
        if (keys.has(key)) continue
        watcher.close()
        watchers.delete(key)
      }
      for (const folder of found.flat()) add(folder)
      return found.every((folders) => folders.length > 0)
    },
    close: () => {
      for (const watcher of watchers.values()) watcher.close()
    },
  }
}

type Folder = {
  /** Another one for a folder that was taken away and made anew. */
  readonly key: string
  readonly path: string
  readonly isMeant: (name: string) => boolean
}

/** Empty where there is nothing. */
async function foldersAt(dir: string): Promise<readonly Folder[]> {
  const kind = await stat(dir).catch(() => undefined)
  if (kind === undefined) return []
  // Most editors write another file and give it the name, so a file is watched from its folder.
  if (!kind.isDirectory()) {
    return [{ key: dir, path: dirname(dir), isMeant: (name) => name === basename(dir) }]
  }
  const entries = await readdir(dir, { withFileTypes: true }).catch(() => [])
  const below = entries
    .filter((entry) => entry.isDirectory() && isRead(entry.name))
    .map(({ name }) => foldersAt(join(dir, name)))
  const own: Folder = { key: `${dir} ${kind.ino}`, path: dir, isMeant: isRead }
  return [own, ...(await Promise.all(below)).flat()]
}

/** Names that start with a dot are not read: `.schema`, and what editors leave behind. */
const isRead = (name: string): boolean => !name.startsWith('.')
