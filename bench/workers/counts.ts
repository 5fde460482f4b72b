/** Counts what the platform bills of Durable Objects, in the isolate that runs them. */

/** Asked for by the benchmark; no case has a path like it. */
export const COUNTS_PATH = '/.counts'

export type Counts = {
  /** Requests that the Worker has answered, and how many of them with 200. */
  readonly requests: number
  readonly admitted: number
  /** Runs of an object's method or alarm. */
  readonly calls: number
  readonly rowsWritten: number
  readonly rowsRead: number
}

const cursors: SqlStorageCursor<Record<string, SqlStorageValue>>[] = []
let calls = 0
let written = 0
let requests = 0
let admitted = 0

/** To be called by every method that an object's stub offers, and by its alarm: each run of one is a billed request. */
export function countCall(): void {
  calls++
}

/** What was counted since the last time. A cursor's own count may still grow while it is read, so it is asked here. */
export function takeCounts(): Counts {
  const used = cursors.splice(0)
  const counts = {
    requests,
    admitted,
    calls,
    rowsWritten: used.reduce((sum, { rowsWritten }) => sum + rowsWritten, written),
    rowsRead: used.reduce((sum, { rowsRead }) => sum + rowsRead, 0),
  }
  calls = 0
  written = 0
  requests = 0
  admitted = 0
  return counts
}

/** Answers `COUNTS_PATH`, and every other request by the Worker that is counted. */
export const countedFetch =
  <E>(fetch: (request: Request, env: E) => Response | Promise<Response>) =>
  async (request: Request, env: E): Promise<Response> => {
    if (request.url.endsWith(COUNTS_PATH)) return Response.json(takeCounts())
    const response = await fetch(request, env)
    requests++
    if (response.status === 200) admitted++
    return response
  }

/**
 * The same state with a storage that counts. To be given to the constructor of the object's own class.
 *
 * An alarm that is set is a row written; so is a key of the key-value interface.
 */
export function countedState(state: DurableObjectState): DurableObjectState {
  const { storage } = state
  const counted = watched(storage, {
    setAlarm: countWrite,
    put: countWrite,
    sql: watched(storage.sql, { exec: (cursor) => void cursors.push(cursor) }),
    kv: watched(storage.kv, { put: countWrite }),
  })
  Object.defineProperty(state, 'storage', { value: counted })
  return state
}

function countWrite(): void {
  written++
}

type Watch<T extends object> = {
  readonly [K in keyof T]?: T[K] extends (...args: never[]) => infer R ? (result: R) => void : T[K]
}

/** A native object behind a proxy. A method that is watched tells its result; a property can be replaced. */
function watched<T extends object>(target: T, watch: Watch<T>): T {
  return new Proxy(target, {
    get(_, name) {
      const own: unknown = Reflect.get(target, name, target)
      const given: unknown = Reflect.get(watch, name)
      if (typeof own !== 'function') return given ?? own
      return (...args: unknown[]) => {
        const result: unknown = Reflect.apply(own, target, args)
        if (typeof given === 'function') given(result)
        return result
      }
    },
  })
}
