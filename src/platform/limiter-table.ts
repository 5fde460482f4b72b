/** The rows of one limiter object in its SQLite database. The columns are described in docs/storage.md. */
import type { Millis } from '../base/time.ts'
import { goneAt } from '../ratelimit/lifetime.ts'
import type { Lease, Row } from '../ratelimit/row.ts'
import type { RowStore } from '../ratelimit/shard.ts'

type Stored = {
  x: number
  at: number
  counts: string
  leases: string
  period: number
  rate: number
  burst: number
  over: number | null
  average: number | null
  version: number
  version_at: number
}

/** Rows kept in memory. A row that is not there is read again; nothing is lost with it. */
const CACHED_ROWS = 10_000

const COLUMNS = 'x, at, counts, leases, period, rate, burst, over, average, version, version_at'

const CREATE = `CREATE TABLE IF NOT EXISTS cells (
  k TEXT PRIMARY KEY, x INTEGER NOT NULL, at INTEGER NOT NULL, counts TEXT NOT NULL, leases TEXT NOT NULL,
  period INTEGER NOT NULL, rate INTEGER NOT NULL, burst INTEGER NOT NULL, over INTEGER, average INTEGER,
  version INTEGER NOT NULL, version_at INTEGER NOT NULL, gone INTEGER NOT NULL
) WITHOUT ROWID`

const INSERT = `INSERT OR REPLACE INTO cells (k, ${COLUMNS}, gone) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`

/** The table of one object, made when it is first used. Rows are read when they are asked for. */
export class LimiterTable implements RowStore {
  readonly #storage: DurableObjectStorage
  readonly #cache = new Map<string, Row>()
  #made = false
  #written = false

  constructor(storage: DurableObjectStorage) {
    this.#storage = storage
  }

  readonly get: RowStore['get'] = (id) => {
    const known = this.#cache.get(id)
    if (known !== undefined) return known
    const [stored] = this.#sql().exec<Stored>(`SELECT ${COLUMNS} FROM cells WHERE k = ?`, id).toArray()
    if (stored === undefined) return undefined
    const row = fromStored(stored)
    remember(this.#cache, id, row)
    return row
  }

  /** Writes all rows or none. Throws, with nothing written and nothing remembered, when storage refuses. */
  readonly store: RowStore['store'] = (rows) => {
    if (rows.size === 0) return
    const sql = this.#sql()
    this.#storage.transactionSync(() => {
      for (const [id, row] of rows) sql.exec(INSERT, id, ...toStored(row), goneAt(row))
    })
    for (const [id, row] of rows) remember(this.#cache, id, row)
    this.#written = true
  }

  /** Whether anything was written since the table was opened or dropped. */
  get used(): boolean {
    return this.#written
  }

  /** Deletes the rows that mean nothing at `now`. @returns how many are left */
  sweep(now: Millis): number {
    const sql = this.#sql()
    for (const { k } of sql.exec<{ k: string }>('DELETE FROM cells WHERE gone <= ? RETURNING k', now)) {
      this.#cache.delete(k)
    }
    return sql.exec<{ n: number }>('SELECT count(*) AS n FROM cells').one().n
  }

  /** Gives the space of an empty table back. The next use makes it anew. */
  async drop(): Promise<void> {
    this.#made = false
    this.#written = false
    this.#cache.clear()
    await this.#storage.deleteAll()
  }

  #sql(): SqlStorage {
    const { sql } = this.#storage
    if (!this.#made) sql.exec(CREATE)
    this.#made = true
    return sql
  }
}

function remember(cache: Map<string, Row>, id: string, row: Row): void {
  cache.delete(id)
  cache.set(id, row)
  if (cache.size > CACHED_ROWS) cache.delete(cache.keys().next().value ?? '')
}

const toStored = ({
  debt,
  at,
  counts,
  leases,
  quota,
  version,
  versionAt,
}: Row): (string | number | null)[] => [
  debt,
  at,
  JSON.stringify(counts),
  JSON.stringify(leases),
  quota.period,
  quota.rate,
  quota.burst,
  quota.average?.over ?? null,
  quota.average?.rate ?? null,
  version,
  versionAt,
]

function fromStored(stored: Stored): Row {
  const { x, at, period, rate, burst, over, average, version, version_at } = stored
  const counts: number[] = JSON.parse(stored.counts)
  const leases: Lease[] = JSON.parse(stored.leases)
  const quota = { period, rate, burst }
  return {
    quota: over === null || average === null ? quota : { ...quota, average: { over, rate: average } },
    version,
    versionAt: version_at,
    debt: x,
    at,
    counts,
    leases,
  }
}
