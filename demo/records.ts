/** User records in memory, with the few rules of the vendor's entity API that a demonstration needs. */

export type Attributes = Readonly<Record<string, unknown>>

export type UserRecord = Attributes & {
  readonly id: number
  readonly uuid: string
  readonly created: string
  readonly lastUpdated: string
}

export type RecordStore = {
  /** Records whose attribute equals the value; all of them without one. In the order of their ids. */
  readonly select: (where?: { readonly attribute: string; readonly value: string }) => readonly UserRecord[]
  readonly create: (attributes: Attributes, now: Date) => UserRecord
  /** Merges or replaces the attributes; undefined when there is no such record. */
  readonly change: (
    uuid: string,
    attributes: Attributes,
    how: 'merge' | 'replace',
    now: Date,
  ) => UserRecord | undefined
  readonly remove: (uuid: string) => boolean
}

/** So that the first call finds somebody. */
const SAMPLES: readonly Attributes[] = [
  { email: 'ada@acme.example', givenName: 'Ada', familyName: 'Lovelace' },
  { email: 'grace@acme.example', givenName: 'Grace', familyName: 'Hopper' },
]

/** Attributes that callers may not set (vendor page: reserved attributes). */
const RESERVED = ['id', 'uuid', 'created', 'lastUpdated'] as const

/** @returns a store that holds the samples and lives as long as the isolate */
export function recordStore(): RecordStore {
  const records = new Map<string, UserRecord>()
  let lastId = 0

  const create = (attributes: Attributes, now: Date, uuid: string = crypto.randomUUID()): UserRecord => {
    lastId += 1
    const at = timestamp(now)
    const record = { ...withoutReserved(attributes), id: lastId, uuid, created: at, lastUpdated: at }
    records.set(uuid, record)
    return record
  }

  for (const [index, sample] of SAMPLES.entries()) {
    create(sample, new Date(0), `00000000-0000-4000-8000-${String(index + 1).padStart(12, '0')}`)
  }

  return {
    select: (where) =>
      [...records.values()].filter((record) => !where || String(record[where.attribute]) === where.value),
    create: (attributes, now) => create(attributes, now),
    change: (uuid, attributes, how, now) => {
      const old = records.get(uuid)
      if (old === undefined) return undefined
      const kept = how === 'merge' ? old : {}
      const { id, created } = old
      const record = {
        ...kept,
        ...withoutReserved(attributes),
        id,
        uuid,
        created,
        lastUpdated: timestamp(now),
      }
      records.set(uuid, record)
      return record
    },
    remove: (uuid) => records.delete(uuid),
  }
}

const withoutReserved = (attributes: Attributes): Attributes =>
  Object.fromEntries(Object.entries(attributes).filter(([name]) => !RESERVED.some((own) => own === name)))

/** The vendor's spelling: `2026-11-22 06:08:00.000 +0000`. */
const timestamp = (at: Date): string => at.toISOString().replace('T', ' ').replace('Z', ' +0000')
