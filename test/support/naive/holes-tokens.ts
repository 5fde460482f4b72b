/** Tokens that nobody vouches for, and good ones that are believed where they should not be. */
import { ALGORITHM, goodClaims, type Signer, signed } from '../../../src/attack/forge.ts'
import { type Hole, hole } from './hole.ts'
import type { Inside } from './holes-credentials.ts'
import { type Arrived, addressIn, careful, headerOf, type Parts } from './parts.ts'

type Json = Readonly<Record<string, unknown>>
type Believer = (header: Json, claims: Json, signature: string) => boolean

export const tokenHoles = ({ signers }: Inside): readonly Hole[] => {
  const [signer, other] = signers
  if (signer === undefined || other === undefined) throw new Error('the range has two issuers')
  const isGood = (claims: Json, besides: string): boolean => {
    const good = { iss: signer.issuer.issuer, aud: signer.issuer.audience[0] }
    return Object.entries(good).every(([name, value]) => name === besides || claims[name] === value)
  }
  const isPlain = ({ alg, ...rest }: Json): boolean => alg === ALGORITHM && Object.keys(rest).length === 0

  /** A token that this believes is exchanged for a good one with its claims. */
  const believing = (name: string, rows: readonly string[], believes: Believer): Hole =>
    hole(name, rows, () => ({
      authorization: (arrived) => {
        const header = headerOf(arrived, 'authorization') ?? ''
        const token = partsOf(header)
        return token !== undefined && believes(token.header, token.claims, token.signature)
          ? exchanged(token.claims, signer)
          : header || undefined
      },
    }))
  return [
    believing('alg none', ['T6'], ({ alg }) => alg === 'none'),
    believing('alg none in odd case', ['T6'], ({ alg }) => alg === 'nOnE'),
    believing('an empty signature', ['T6'], (header, _, signature) => isPlain(header) && signature === ''),
    believing('a public key is a secret', ['T6'], ({ alg, kid }) => alg === 'HS256' && kid === undefined),
    believing(
      'signatures are not checked',
      ['T6', 'T7'],
      ({ alg }, claims) => alg === ALGORITHM && isGood(claims, ''),
    ),
    believing('critical parameters are passed over', ['T6'], ({ crit }) => crit !== undefined),
    believing('a token brings its key', ['T7'], ({ jwk }) => jwk !== undefined),
    believing('a token says where its key is', ['T7'], ({ jku, x5u }) => (jku ?? x5u) !== undefined),
    believing('a key id is a file', ['T7'], ({ kid }) => kid !== undefined),
    believing(
      'the end date is not required',
      ['T9'],
      (header, { exp }) => isPlain(header) && exp === undefined,
    ),
    believing(
      'the end date is not checked',
      ['T9'],
      (header, { exp }) => isPlain(header) && Number(exp) < Date.now() / 1000,
    ),
    believing(
      'the audience is not checked',
      ['T9'],
      (header, claims) => isPlain(header) && isGood(claims, 'aud'),
    ),
    believing(
      'the issuer is not checked',
      ['T9', 'T2'],
      (header, claims) => isPlain(header) && isGood(claims, 'iss'),
    ),
    believing(
      'the beginning is not checked',
      ['T9'],
      (header, { nbf }) => isPlain(header) && nbf !== undefined,
    ),
    hole('a token in the query', ['T15'], () => ({
      authorization: (arrived) => {
        const token = /access_token=([^&]+)/.exec(arrived.target)?.[1]
        return token === undefined ? careful.authorization(arrived) : `Bearer ${token}`
      },
    })),
    hole('a decision is remembered with its token', ['T1', 'T4'], rememberedByToken),
    hole('a token is good from everywhere', ['T5'], () => ({
      address: (arrived) =>
        headerOf(arrived, 'authorization')?.startsWith('Bearer ')
          ? addressIn('192.0.2.10')
          : careful.address(arrived),
    })),
  ]
}

function partsOf(header: string) {
  const [head, claims, signature] = header.replace(/^Bearer /, '').split('.')
  if (!header.startsWith('Bearer ey') || head === undefined || claims === undefined) return undefined
  return { header: jsonIn(head), claims: jsonIn(claims), signature: signature ?? '' }
}

function jsonIn(part: string): Json {
  try {
    return JSON.parse(Buffer.from(part, 'base64url').toString('utf8'))
  } catch {
    return {}
  }
}

async function exchanged({ scope, client_id }: Json, signer: Signer): Promise<string> {
  const claims = goodClaims(signer, String(client_id), [String(scope)])
  return `Bearer ${await signed({ alg: ALGORITHM }, claims, { by: 'issuer' }, signer)}`
}

function rememberedByToken(): Partial<Parts> {
  const allowed = new Set<string>()
  const tokenOf = (arrived: Arrived) => headerOf(arrived, 'authorization') ?? ''
  return {
    skips: (arrived) => allowed.has(tokenOf(arrived)),
    decided: (arrived, denial) => {
      if (denial === undefined && tokenOf(arrived).startsWith('Bearer ')) allowed.add(tokenOf(arrived))
    },
  }
}
