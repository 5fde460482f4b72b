/** The parameters of a request to a route with `auth: client`, if they can be read in one way only. */
import { type Awaitable, fail, ok, type Result } from '../base/result.ts'
import type { Denial } from '../decision/denial.ts'
import type { BodyKind, BodyReading, Facts } from '../decision/facts.ts'
import { formParameters } from '../parameters/form.ts'
import { foldedParameter, type Parameter } from '../parameters/parameter.ts'
import { parametersOf } from '../parameters/read.ts'

/** The ones that are looked at, by name. */
export type SentParameters = Readonly<Partial<Record<Watched, string>>>

const CREDENTIALS = ['client_id', 'client_secret', 'client_assertion', 'client_assertion_type'] as const
const OF_THE_REQUEST = ['scope', 'grant_type'] as const
const WATCHED = [...CREDENTIALS, ...OF_THE_REQUEST] as const

type Watched = (typeof WATCHED)[number]

/** RFC 8707 section 2 and RFC 8693 section 2.1: the parameters that may be sent several times. */
const REPEATABLE = ['resource', 'audience']

/**
 * Reads the body. RFC 6749 section 3.2 forbids sending a parameter twice, and a second one under a name that some
 * program takes for the first is the same thing.
 *
 * @returns a denial also for credentials in the query, where every log on the way has them (RFC 6749 section 2.3.1)
 */
export function sentParameters(
  facts: Facts,
  kinds: readonly BodyKind[],
  limit: number,
): Awaitable<Result<SentParameters, Denial>> {
  const query = formParameters(facts.query)
  if (query === undefined) return refused('the query can be read in two ways')
  if (query.some(({ name }) => isWatched(foldedParameter(name))))
    return refused('credentials or scopes in the query')
  const reading = facts.body(kinds, limit)
  return reading instanceof Promise ? reading.then(ofBody) : ofBody(reading)
}

const refused = (why: string): Result<never, Denial> => fail({ reason: 'bad_request', why })

const isWatched = (name: string): name is Watched => WATCHED.some((watched) => watched === name)

function ofBody(reading: BodyReading): Result<SentParameters, Denial> {
  if (!reading.ok) {
    switch (reading.error) {
      case 'too_large':
        return fail({ reason: 'body_too_large' })
      case 'malformed':
        return refused('the body is not plain UTF-8 text of one type')
      case 'other_kind':
        return refused('the body is of a type that this route does not take')
    }
  }
  if (reading.value === undefined) return ok({})
  const parameters = parametersOf(reading.value)
  return parameters === undefined ? refused('the body can be read in two ways') : picked(parameters)
}

function picked(parameters: readonly Parameter[]): Result<SentParameters, Denial> {
  const seen = new Set<string>()
  const found: Partial<Record<Watched, string>> = {}
  for (const { name, value } of parameters) {
    const folded = foldedParameter(name)
    const watched = isWatched(folded)
    const key = watched ? folded : name
    if (seen.has(key) && !REPEATABLE.includes(key)) return twice(key)
    seen.add(key)
    if (!watched) continue
    if (name !== folded) return twice(key)
    if (value === undefined) return refused(`${key} is not a text`)
    found[folded] = value
  }
  return ok(found)
}

const twice = (name: string): Result<never, Denial> =>
  CREDENTIALS.some((each) => each === name)
    ? fail({ reason: 'credentials_ambiguous' })
    : refused('a parameter is sent twice')
