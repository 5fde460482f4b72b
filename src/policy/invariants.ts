/** `invariants:` of all files. */
import { type Cursor, follow, placeOfKey, placeOfValue } from '../source/cursor.ts'
import { didYouMean } from '../source/near.ts'
import { addAll, errorAt, type Problem } from '../source/problem.ts'
import type { PolicyFile } from './file.ts'
import type { Names } from './names.ts'
import type { InvariantBlock } from './schema.ts'
import type { Invariant } from './test-case.ts'
import { readInvariantRequest } from './test-requests.ts'

export function readInvariants(
  files: readonly PolicyFile[],
  names: Names,
  problems: Problem[],
): readonly Invariant[] {
  return files.flatMap(({ root, document, kept }) =>
    (document.invariants ?? []).map((block, index) => {
      const at = follow(root, 'invariants', kept.invariants[index] ?? index)
      addAll(problems, expectsNothing(block, at))
      addAll(problems, unknownCallers(block, at, names))
      return invariantOf(block, at, problems)
    }),
  )
}

function invariantOf(block: InvariantBlock, at: Cursor, problems: Problem[]): Invariant {
  const { name, requests, callers_within: words, auth_within: kinds } = block
  const field = (key: string) => placeOfKey(follow(at, key))
  return {
    name,
    place: placeOfValue(follow(at, 'name')),
    requests: requests.flatMap((text, index) =>
      readInvariantRequest(text, follow(at, 'requests', index), problems),
    ),
    callersWithin: words && { words, place: field('callers_within') },
    authWithin: kinds && { kinds, place: field('auth_within') },
  }
}

function expectsNothing(
  { name, callers_within: callers, auth_within: auth }: InvariantBlock,
  at: Cursor,
): Problem[] {
  if (callers !== undefined || auth !== undefined) return []
  const message = `the invariant \`${name}\` expects nothing`
  return [
    errorAt('P0501', placeOfValue(follow(at, 'name')), message, {
      help: 'add `callers_within:` or `auth_within:`',
    }),
  ]
}

/** A feature of any upstream, a scope, or one of the two words for everybody. */
function unknownCallers(
  { callers_within: words = [] }: InvariantBlock,
  at: Cursor,
  { units }: Names,
): Problem[] {
  const features = units.all.flatMap(({ value }) => value.features.all.map(({ name }) => name))
  const known = ['anyone', 'authenticated', ...features]
  return words.flatMap((word, index) => {
    const isKnown = known.includes(word) || word.startsWith('scope:')
    if (isKnown || units.all.some(({ value }) => value.features.knows(word))) return []
    const place = placeOfValue(follow(at, 'callers_within', index))
    return errorAt('P0504', place, `\`${word}\` is no feature of any upstream`, didYouMean(word, known))
  })
}
