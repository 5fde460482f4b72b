/** The entity operations of the Capture host, on the records of one store. Answers in the vendor's JSON shapes. */
import type { Attributes, RecordStore, UserRecord } from './records.ts'

export type Json = Readonly<Record<string, unknown>>

/** One operation: parameters of query and form body in, JSON out. */
export type Operation = (parameters: URLSearchParams, now: Date) => Json

/** The number and name of the vendor's error, and what the operation adds to it (vendor page: error codes). */
const failure = (code: number, error: string, extra: Json = {}): Json => ({
  stat: 'error',
  code,
  error,
  ...extra,
})
const missingArgument = (name: string) => failure(100, 'missing_argument', { argument_name: name })
const invalidArgument = (name: string) => failure(200, 'invalid_argument', { argument_name: name })
const recordNotFound = failure(310, 'record_not_found')

const DEFAULT_MAX_RESULTS = 100

/** @returns the operations by path */
export function entityOperations(store: RecordStore): ReadonlyMap<string, Operation> {
  const existing = (parameters: URLSearchParams, use: (record: UserRecord) => Json): Json => {
    const where = subject(parameters)
    if (where === undefined) return missingArgument('uuid')
    const [record] = store.select(where)
    return record === undefined ? recordNotFound : use(record)
  }
  const changing =
    (how: 'merge' | 'replace'): Operation =>
    (parameters, now) =>
      withAttributes(parameters, (attributes) =>
        existing(parameters, ({ uuid }) => {
          store.change(uuid, attributes, how, now)
          return { stat: 'ok' }
        }),
      )
  return new Map<string, Operation>([
    ['/entity', (parameters) => existing(parameters, (record) => ({ stat: 'ok', result: record }))],
    ['/entity.find', (parameters) => find(store, parameters)],
    ['/entity.count', (parameters) => count(store, parameters)],
    [
      '/entity.create',
      (parameters, now) =>
        withAttributes(parameters, (attributes) => {
          const { id, uuid } = store.create(attributes, now)
          return { stat: 'ok', id, uuid }
        }),
    ],
    ['/entity.update', changing('merge')],
    ['/entity.replace', changing('replace')],
    [
      '/entity.delete',
      (parameters) =>
        existing(parameters, ({ uuid }) => {
          store.remove(uuid)
          return { stat: 'ok' }
        }),
    ],
  ])
}

function find(store: RecordStore, parameters: URLSearchParams): Json {
  const where = filter(parameters)
  if (where === 'invalid') return invalidArgument('filter')
  const max = Number(parameters.get('max_results') ?? DEFAULT_MAX_RESULTS)
  if (!Number.isInteger(max) || max < 1) return invalidArgument('max_results')
  const results = store.select(where).slice(0, max)
  return { stat: 'ok', result_count: results.length, results }
}

function count(store: RecordStore, parameters: URLSearchParams): Json {
  const where = filter(parameters)
  if (where === 'invalid') return invalidArgument('filter')
  return { stat: 'ok', total_count: store.select(where).length }
}

/** Of the vendor's filter language, one comparison: `email = 'ada@acme.example'`. */
function filter(
  parameters: URLSearchParams,
): { readonly attribute: string; readonly value: string } | 'invalid' | undefined {
  const text = parameters.get('filter')
  if (text === null || text === '') return undefined
  const [, attribute, value] = /^\s*(\w+)\s*=\s*'([^']*)'\s*$/.exec(text.replaceAll('"', "'")) ?? []
  return attribute === undefined || value === undefined ? 'invalid' : { attribute, value }
}

/** Which record is meant: `uuid`, `id`, or any attribute through `key_attribute` and `key_value`. */
function subject(
  parameters: URLSearchParams,
): { readonly attribute: string; readonly value: string } | undefined {
  const attribute = parameters.get('key_attribute')
  const value = parameters.get('key_value')
  if (attribute !== null && value !== null) return { attribute, value: value.replace(/^"(.*)"$/, '$1') }
  for (const name of ['uuid', 'id']) {
    const named = parameters.get(name)
    if (named !== null) return { attribute: name, value: named }
  }
  return undefined
}

/** `attributes` is a JSON object in a form field. */
function withAttributes(parameters: URLSearchParams, use: (attributes: Attributes) => Json): Json {
  const text = parameters.get('attributes')
  if (text === null) return missingArgument('attributes')
  const attributes = objectOf(text)
  return attributes === undefined ? invalidArgument('attributes') : use(attributes)
}

function objectOf(text: string): Attributes | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : undefined
  } catch {
    return undefined
  }
}
