/** Credentials that are sent as `client_id` and `client_secret` parameters, in the query or in a body. */
import { type Awaitable, fail, ok, type Result, whenReady } from '../base/result.ts'
import type { Denial } from '../decision/denial.ts'
import type { BodyReading, Facts } from '../decision/facts.ts'
import { multipartParameters } from '../parameters/multipart.ts'
import { foldedParameter } from '../parameters/parameter.ts'

/** A body longer than this is not read, unless the route says so: credentials are short. */
export const MAX_BODY_BYTES = 64 * 1024

export type Parameters = { readonly clientIds: readonly string[]; readonly secrets: readonly string[] }

/** Where to look: in the query, and in a body of these kinds. */
export type Places = { readonly query: boolean; readonly kinds: readonly ('form' | 'multipart')[] }

/**
 * Collects the distinct values of both parameters.
 *
 * @param places - a body is read only when its kind is named
 * @param limit - of the body, in bytes
 * @returns a denial for a body that cannot be read, and for text in which another program could find other
 *   values: some take `;` for a separator as well, or `Client_Id` for `client_id`
 */
export function readParameters(
  facts: Facts,
  places: Places,
  limit: number,
): Awaitable<Result<Parameters, Denial>> {
  const query = places.query ? facts.query : ''
  if (places.kinds.length === 0) return collect(query, '')
  return whenReady(facts.body(places.kinds, limit), (body) => withBody(query, body))
}

function withBody(query: string, body: BodyReading): Result<Parameters, Denial> {
  if (body.ok) {
    const text = body.value === undefined ? '' : formText(body.value)
    return text === undefined ? unreadable : collect(query, text)
  }
  switch (body.error) {
    case 'other_kind':
      return collect(query, '')
    case 'too_large':
      return fail({ reason: 'body_too_large' })
    case 'malformed':
      return unreadable
  }
}

const unreadable: Result<never, Denial> = fail({
  reason: 'bad_request',
  why: 'the body is not whole, can be read in two ways, or is not UTF-8',
})

/** The body as a form, whatever kind it is of. */
function formText({ kind, text, boundary }: NonNullable<Extract<BodyReading, { ok: true }>['value']>) {
  if (kind !== 'multipart') return text
  const pairs = multipartParameters(text, boundary)?.map(({ name, value = '' }) => [name, value])
  return pairs && new URLSearchParams(pairs).toString()
}

const nothing: Result<Parameters, never> = ok({ clientIds: [], secrets: [] })

function collect(query: string, body: string): Result<Parameters, Denial> {
  if (query === '' && body === '') return nothing
  const texts = [query, body]
  const read = valuesOf(texts, (name) => name)
  const elsewhere = valuesOf(
    texts.map((text) => text.replaceAll(';', '&')),
    foldedParameter,
  )
  return sameValues(read, elsewhere) ? ok(read) : fail({ reason: 'credentials_ambiguous' })
}

/** The question mark is for URLSearchParams, which would take one of the text's own away. */
function valuesOf(texts: readonly string[], nameOf: (name: string) => string): Parameters {
  const clientIds = new Set<string>()
  const secrets = new Set<string>()
  for (const text of texts.filter((each) => each !== '')) {
    for (const [name, value] of new URLSearchParams(`?${text}`)) {
      const read = nameOf(name)
      if (read === 'client_id') clientIds.add(value)
      else if (read === 'client_secret') secrets.add(value)
    }
  }
  return { clientIds: [...clientIds], secrets: [...secrets] }
}

const sameValues = (a: Parameters, b: Parameters): boolean => JSON.stringify(a) === JSON.stringify(b)
