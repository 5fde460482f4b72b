/** The requests that tests and invariants name: `GET /akamai/clients`. */
import { type Cursor, placeOfKey, placeOfValue } from '../source/cursor.ts'
import { errorAt, type Problem } from '../source/problem.ts'
import type { Place } from '../source/text.ts'
import type { InvariantRequest, TestRequest } from './test-case.ts'

const REQUEST = /^([A-Z]+) (?:https?:\/\/([A-Za-z0-9.-]+)(?::[0-9]+)?)?(\/[^\s?]*)(?:\?(\S*))?$/

/** @returns undefined after the problem was reported */
export function readRequest(text: string, at: Cursor, problems: Problem[]): TestRequest | undefined {
  return requestAt(text, placeOfValue(at), problems)
}

/** For a request that stands as the key of its entry. */
export function readRequestKey(text: string, at: Cursor, problems: Problem[]): TestRequest | undefined {
  return requestAt(text, placeOfKey(at), problems)
}

/** `METHOD /path` or `METHOD https://host/path`; undefined for what is neither. */
export function requestOf(text: string): Omit<TestRequest, 'place'> | undefined {
  const [whole, method = '', host, path = '', query = ''] = REQUEST.exec(text) ?? []
  return whole === undefined ? undefined : { text, method, host: host?.toLowerCase(), path, query }
}

function requestAt(text: string, place: Place, problems: Problem[]): TestRequest | undefined {
  const request = requestOf(text)
  if (request !== undefined) return { ...request, place }
  problems.push(
    errorAt('P0505', place, `\`${text}\` is no request`, {
      help: 'write METHOD /path, or METHOD https://host/path where the host matters',
    }),
  )
  return undefined
}

/** `*` is a whole segment, and `**` the last one. */
const PATTERN = /^(?:([A-Z]+) )?((?:\/(?:\*|[^\s*/?]+))*(?:\/\*\*|\/)?)$/

export function readInvariantRequest(text: string, at: Cursor, problems: Problem[]): InvariantRequest[] {
  const [whole, method, path = ''] = PATTERN.exec(text) ?? []
  if (whole !== undefined && path !== '') return [{ text, method, path, place: placeOfValue(at) }]
  problems.push(
    errorAt('P0505', placeOfValue(at), `\`${text}\` is no path, and no METHOD and path`, {
      help: 'write /path, with `*` for one segment and `**` at the end for the rest',
    }),
  )
  return []
}
