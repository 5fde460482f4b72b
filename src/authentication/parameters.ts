/** Credentials that are sent as `client_id` and `client_secret` parameters, in the query or in a form body. */
import { type Awaitable, fail, ok, type Result } from '../base/result.ts'
import type { Denial } from '../decision/denial.ts'
import type { BodyReading, Facts } from '../decision/facts.ts'

/** A body longer than this is not read: credentials are short. */
export const MAX_BODY_BYTES = 64 * 1024

export type Parameters = { readonly clientIds: readonly string[]; readonly secrets: readonly string[] }

/**
 * Collects the distinct values of both parameters.
 *
 * @param places - where to look; the form body is read only when it is named
 * @returns a denial for a form that cannot be read, and for text in which another program could find other
 *   values: some take `;` for a separator as well
 */
export function readParameters(
  facts: Facts,
  places: readonly ('query' | 'form')[],
): Awaitable<Result<Parameters, Denial>> {
  const query = places.includes('query') ? facts.query : ''
  if (!places.includes('form')) return collect([query])
  const form = facts.body(['form'], MAX_BODY_BYTES)
  return form instanceof Promise ? form.then((read) => withForm(query, read)) : withForm(query, form)
}

function withForm(query: string, form: BodyReading): Result<Parameters, Denial> {
  if (form.ok) return collect([query, form.value?.text ?? ''])
  if (form.error === 'other_kind') return collect([query])
  return fail(
    form.error === 'too_large'
      ? { reason: 'body_too_large' }
      : { reason: 'bad_request', why: 'the form body is not UTF-8' },
  )
}

function collect(texts: readonly string[]): Result<Parameters, Denial> {
  const read = valuesOf(texts)
  if (!texts.some((text) => text.includes(';'))) return ok(read)
  const elsewhere = valuesOf(texts.map((text) => text.replaceAll(';', '&')))
  return sameValues(read, elsewhere) ? ok(read) : fail({ reason: 'credentials_ambiguous' })
}

/** The question mark is for URLSearchParams, which would take one of the text's own away. */
function valuesOf(texts: readonly string[]): Parameters {
  const sources = texts.filter((text) => text !== '').map((text) => new URLSearchParams(`?${text}`))
  const all = (name: string) => [...new Set(sources.flatMap((source) => source.getAll(name)))]
  return { clientIds: all('client_id'), secrets: all('client_secret') }
}

const sameValues = (a: Parameters, b: Parameters): boolean =>
  `${a.clientIds}\n${a.secrets}` === `${b.clientIds}\n${b.secrets}`
