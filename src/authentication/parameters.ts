/** Credentials that are sent as `client_id` and `client_secret` parameters, in the query or in a form body. */
import { type Awaitable, fail, ok, type Result } from '../base/result.ts'
import type { Denial } from '../decision/denial.ts'
import type { Facts } from '../decision/facts.ts'

export type Parameters = { readonly clientIds: readonly string[]; readonly secrets: readonly string[] }

/**
 * Collects the distinct values of both parameters.
 *
 * @param places - where to look; the form body is read only when it is named
 */
export function readParameters(
  facts: Facts,
  places: readonly ('query' | 'form')[],
): Awaitable<Result<Parameters, Denial>> {
  const query = places.includes('query') && facts.query !== '' ? new URLSearchParams(facts.query) : undefined
  if (!places.includes('form')) return ok(collect(query, undefined))
  const form = facts.form()
  return form instanceof Promise ? form.then((read) => withForm(query, read)) : withForm(query, form)
}

function withForm(
  query: URLSearchParams | undefined,
  form: Awaited<ReturnType<Facts['form']>>,
): Result<Parameters, Denial> {
  if (form.ok) return ok(collect(query, form.value))
  return fail(
    form.error === 'too_large'
      ? { reason: 'body_too_large' }
      : { reason: 'bad_request', why: 'the form body is not UTF-8' },
  )
}

function collect(...sources: (URLSearchParams | undefined)[]): Parameters {
  const all = (name: string) => [...new Set(sources.flatMap((source) => source?.getAll(name) ?? []))]
  return { clientIds: all('client_id'), secrets: all('client_secret') }
}
