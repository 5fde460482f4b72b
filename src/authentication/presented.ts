/** The one set of credentials in a request to a route with `auth: client` (RFC 6749 section 2.3). */
import { fail, ok, type Result } from '../base/result.ts'
import type { Denial } from '../decision/denial.ts'
import { decodedForm } from '../parameters/form.ts'
import type { ClientRoute } from '../routing/config.ts'
import { type Credentials, hasControl, parseBasic } from './basic.ts'
import { parseBearer } from './bearer.ts'
import type { SentParameters } from './sent-parameters.ts'

/** A claim to be a client, and what is to prove it. Nothing is proven yet. */
export type Presented =
  | {
      readonly by: 'client_secret_basic'
      /** More than one where the header can be read as written and as form-encoded. */
      readonly ids: readonly string[]
      readonly secrets: readonly string[]
    }
  | {
      readonly by: 'client_secret_post'
      readonly ids: readonly string[]
      readonly secrets: readonly string[]
    }
  | {
      readonly by: 'private_key_jwt'
      readonly assertion: string
      /** The parameter beside it, which may be left out (RFC 7521 section 4.2). */
      readonly id: string | undefined
    }
  /** An id alone: a public client, or one whose proof is its certificate. */
  | { readonly by: 'id_alone'; readonly ids: readonly string[] }

/** RFC 7523 section 2.2. */
const JWT_BEARER = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'

const ambiguous: Result<never, Denial> = fail({ reason: 'credentials_ambiguous' })
const invalid = (why: string): Result<never, Denial> => fail({ reason: 'credentials_invalid', why })

/** One method in a request, and no more (RFC 6749 section 2.3), not even with the same credentials twice. */
export function presented(
  authorization: string | undefined,
  sent: SentParameters,
  { bearer }: ClientRoute,
): Result<Presented, Denial> {
  const ignored =
    authorization !== undefined && bearer === 'ignore' && parseBearer(authorization) !== undefined
  const header = ignored ? undefined : authorization
  const { client_id: id, client_secret: secret, client_assertion: assertion } = sent
  const hasAssertion = assertion !== undefined || sent.client_assertion_type !== undefined
  const methods = [header !== undefined, secret !== undefined, hasAssertion]
  if (methods.filter(Boolean).length > 1) return ambiguous
  if (header !== undefined) return inHeader(header, id)
  if (hasAssertion) return asserted(assertion, sent.client_assertion_type, id)
  if (!id)
    return secret === undefined ? fail({ reason: 'credentials_missing' }) : invalid('a secret without an id')
  if (secret === undefined) return ok({ by: 'id_alone', ids: [id] })
  return secret === ''
    ? invalid('an empty secret')
    : ok({ by: 'client_secret_post', ids: [id], secrets: [secret] })
}

/** Many clients repeat their id in the body, as for a public client; another one there is another client. */
function inHeader(header: string, id: string | undefined): Result<Presented, Denial> {
  const raw = parseBasic(header)
  if (raw === undefined) return invalid('not a Basic header')
  const readings = [raw, decoded(raw) ?? raw]
  const ids = [...new Set(readings.map(({ clientId }) => clientId))]
  if (id !== undefined && !ids.includes(id)) return ambiguous
  const secrets = [...new Set(readings.map(({ secret }) => secret))]
  return ok({ by: 'client_secret_basic', ids: id === undefined ? ids : [id], secrets })
}

/**
 * RFC 6749 section 2.3.1 has id and secret form-encoded before they are joined; RFC 7617 and many clients do not
 * (docs/decisions/0008-basic-is-read-both-ways.md).
 */
function decoded({ clientId, secret }: Credentials): Credentials | undefined {
  const [id, plain] = [decodedForm(clientId), decodedForm(secret)]
  if (!id || !plain || hasControl(id + plain)) return undefined
  return { clientId: id, secret: plain }
}

function asserted(
  assertion: string | undefined,
  type: string | undefined,
  id: string | undefined,
): Result<Presented, Denial> {
  if (type !== JWT_BEARER) return invalid('not the assertion type of RFC 7523')
  return assertion
    ? ok({ by: 'private_key_jwt', assertion, id })
    : invalid('an assertion type without an assertion')
}
