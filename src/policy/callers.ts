/** `callers:` of a route: words in, who may call out. */
import type { Callers } from '../routing/config.ts'
import { type Cursor, find, follow, placeOfKey, placeOfValue } from '../source/cursor.ts'
import { didYouMean } from '../source/near.ts'
import { errorAt, type Problem } from '../source/problem.ts'
import type { Defined } from './definitions.ts'
import type { CallersField, RouteBlock } from './schema.ts'
import type { Unit } from './units.ts'

/** RFC 6749 section 3.3, without the quotes and backslashes that it leaves out. */
const SCOPE = /^scope:([\x21\x23-\x5B\x5D-\x7E]+)$/

/** Methods that a route can list. HEAD follows GET; CONNECT and TRACE never reach an upstream (threat M3). */
const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']

/** What the authentication of a route can know of a caller. */
export type Knowledge = {
  readonly auth: RouteBlock['auth']
  /** Whether the caller is an API client of the policy, with features and lists. */
  readonly client: boolean
  /** Whether the caller brings scopes that were verified here. */
  readonly scopes: boolean
}

type Context = { readonly unit: Defined<Unit>; readonly knows: Knowledge; readonly problems: Problem[] }

/**
 * @param at - the route
 * @returns by method, in the order of the file; what could not be read is left out and reported
 */
export function readCallers(
  fields: RouteBlock['callers'],
  at: Cursor,
  unit: Defined<Unit>,
  knows: Knowledge,
  problems: Problem[],
): Record<string, Callers> {
  const methods = Object.entries(fields).map(([method, field]) => {
    const cell = follow(at, 'callers', method)
    if (!METHODS.includes(method)) problems.push(notAMethod(method, cell))
    return [method, readField(field, cell, { unit, knows, problems })] as const
  })
  return Object.fromEntries(methods)
}

function notAMethod(method: string, at: Cursor): Problem {
  const help =
    method === 'HEAD' ? { help: 'delete it: HEAD follows GET' } : didYouMean(method.toUpperCase(), METHODS)
  const message = `\`${method}\` is no method that a route can list: ${METHODS.join(', ')}`
  return errorAt('P0403', placeOfKey(at), message, help)
}

function readField(field: CallersField, at: Cursor, context: Context): Callers {
  const words = typeof field === 'string' ? [field] : field
  if (words.length === 1 && words[0] === 'anyone') return anyone(at, context)
  if (words.length === 1 && words[0] === 'authenticated') return authenticated(at, context)
  const read = words.map((word, index) => readWord(word, find(at, [index]) ?? at, context))
  return {
    kind: 'any_of',
    features: distinct(read.flatMap(({ features }) => features)),
    scopes: distinct(read.flatMap(({ scopes }) => scopes)),
  }
}

function anyone(at: Cursor, { knows, problems }: Context): Callers {
  if (knows.auth !== 'none') {
    const message = `\`anyone\` may call, and \`auth: ${knows.auth}\` turns away who has no credentials`
    problems.push(errorAt('P0303', placeOfValue(at), message, { help: 'write `authenticated`' }))
  }
  return { kind: 'anyone' }
}

function authenticated(at: Cursor, { knows, problems }: Context): Callers {
  if (knows.auth === 'none') problems.push(mustBeAnyone(at))
  return { kind: 'authenticated' }
}

const mustBeAnyone = (at: Cursor): Problem =>
  errorAt('P0303', placeOfValue(at), 'with `auth: none` nobody is known, so `anyone` may call', {
    help: 'write `anyone`, or give the route an `auth` that knows its callers',
  })

type Words = { readonly features: readonly string[]; readonly scopes: readonly string[] }
const nothing: Words = { features: [], scopes: [] }

function readWord(word: string, at: Cursor, context: Context): Words {
  const { unit, knows, problems } = context
  if (knows.auth === 'none') {
    problems.push(mustBeAnyone(at))
    return nothing
  }
  if (word === 'anyone' || word === 'authenticated') {
    problems.push(
      errorAt('P0303', placeOfValue(at), `\`${word}\` stands alone: with it, the other words mean nothing`),
    )
    return nothing
  }
  if (word.startsWith('scope:')) return readScope(word, at, context)
  const set = unit.value.callerSets.find(word)
  const words = set ? wordsOfSet(set, context) : { features: [word], scopes: [] }
  if (!set && !unit.value.features.knows(word) && !unit.value.callerSets.knows(word)) {
    problems.push(unknownWord(word, at, unit))
  } else if (words.features.length > 0 && !knows.client) {
    problems.push(noFeatures(word, at, knows))
  } else if (words.scopes.length > 0 && !knows.scopes) problems.push(noScopes(word, at, knows))
  return words
}

function readScope(word: string, at: Cursor, { knows, problems }: Context): Words {
  const scope = SCOPE.exec(word)?.[1]
  if (scope === undefined) {
    problems.push(
      errorAt('P0303', placeOfValue(at), `\`${word}\` is no scope; a scope has no blanks and no quotes`),
    )
    return nothing
  }
  if (!knows.scopes) problems.push(noScopes(word, at, knows))
  return { features: [], scopes: [scope] }
}

/** The words of a set are checked where the set stands, once, by `checkCallerSets`. */
function wordsOfSet(set: Defined<readonly string[]>, { unit }: Context): Words {
  const scopes = set.value.flatMap((word) => SCOPE.exec(word)?.[1] ?? [])
  const features = set.value.filter((word) => unit.value.features.knows(word))
  return { features, scopes }
}

function unknownWord(word: string, at: Cursor, { name, value }: Defined<Unit>): Problem {
  const known = [...value.callerSets.all, ...value.features.all].map((entry) => entry.name)
  return errorAt(
    'P0303',
    placeOfValue(at),
    `\`${word}\` is neither a caller set nor a feature of ${name}`,
    didYouMean(word, [...known, 'anyone', 'authenticated']),
  )
}

/** Features are those of an API client; without one nobody has any, and nobody could ever call. */
function noFeatures(word: string, at: Cursor, { scopes }: Knowledge): Problem {
  const message = `\`${word}\` asks for a feature, and the token names no API client here`
  return errorAt('P0303', placeOfValue(at), message, {
    help: scopes
      ? 'give the issuer a `client_id_claim`, or ask for a `scope:`'
      : 'write `authenticated`, or name an issuer under `token:`',
  })
}

function noScopes(word: string, at: Cursor, { auth }: Knowledge): Problem {
  const isToken = auth === 'token'
  const message = isToken
    ? `\`${word}\` asks for a scope, and a token that the upstream checks shows none here`
    : `\`${word}\` asks for a scope, and \`auth: ${auth}\` brings none`
  const help = isToken ? 'name an issuer under `token:`, or write `authenticated`' : 'ask for a feature'
  return errorAt('P0303', placeOfValue(at), message, { help })
}

/** Checks the words of an upstream's caller sets where they stand. A set holds no sets. */
export function checkCallerSets(unit: Defined<Unit>): Problem[] {
  const { features, callerSets } = unit.value
  return callerSets.all.flatMap(({ value, at }) =>
    value.flatMap((word, index) => {
      if (features.knows(word) || SCOPE.test(word)) return []
      const item = follow(at, index)
      if (callerSets.knows(word)) {
        return errorAt('P0303', placeOfValue(item), `\`${word}\` is a caller set, and a set holds no sets`, {
          help: 'write out its features',
        })
      }
      const help = didYouMean(
        word,
        features.all.map(({ name }) => name),
      )
      return errorAt('P0302', placeOfValue(item), `\`${word}\` is not a feature of ${unit.name}`, help)
    }),
  )
}

const distinct = (words: readonly string[]): string[] => [...new Set(words)]
