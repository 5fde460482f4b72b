/** Credentials that are none, tokens that nobody vouches for, and limits that count the wrong thing. */
import type { Answer } from '../../../src/attack/answer.ts'
import { ALGORITHM, goodClaims, type Signer, signed } from '../../../src/attack/forge.ts'
import { type Armed, base64 } from '../../../src/attack/scene.ts'
import type { Limiter, Taken } from '../../../src/ratelimit/limiter.ts'
import { type Hole, hole } from './hole.ts'
import { type Arrived, addressIn, careful, headerOf, type Parts, pathOf, refusalOf } from './parts.ts'

/** What a hole must know to believe what it should not: the secrets and keys of the range. */
export type Inside = { readonly armed: readonly Armed[]; readonly signers: readonly Signer[] }

/** The Authorization header is read in another way. */
const reading = (name: string, rows: readonly string[], read: (header: string) => string): Hole =>
  hole(name, rows, () => ({
    authorization: (arrived) => {
      const header = careful.authorization(arrived)
      return typeof header === 'string' ? read(header) : undefined
    },
  }))

/** The pair inside a Basic header is read in another way. */
const pairing = (name: string, rows: readonly string[], read: (id: string, secret: string) => string): Hole =>
  reading(name, rows, (header) => {
    const text = Buffer.from(header.replace(/^Basic /, ''), 'base64').toString('utf8')
    const colon = text.indexOf(':')
    const [id, secret] = colon < 0 ? [text, ''] : [text.slice(0, colon), text.slice(colon + 1)]
    return header.startsWith('Basic ') ? `Basic ${base64(`${id}:${read(id, secret)}`)}` : header
  })

export const basicHoles = ({ armed }: Inside): readonly Hole[] => {
  const secretOf = (id: string): string => armed.find(({ client }) => client.clientId === id)?.secret ?? ''
  return [
    reading('any scheme that ends in Basic', ['T10'], (header) => header.replace(/^\w*basic /i, 'Basic ')),
    reading('the scheme may be left out', ['T10'], (header) =>
      header.includes(' ') ? header : `Basic ${header}`,
    ),
    pairing('Basic is cut at every colon', ['T11'], (_, secret) => secret.split(':').slice(0, 2).join(':')),
    pairing('an empty secret matches', ['T11'], (id, secret) =>
      secret.trim() === '' ? secretOf(id) : secret,
    ),
    pairing('secrets are compared without case', ['T11'], (id, secret) =>
      secret.toLowerCase() === secretOf(id) ? secretOf(id) : secret,
    ),
    pairing('secrets are compared by their beginning', ['T11'], (id, secret) =>
      secret.length > 8 && secretOf(id).startsWith(secret) ? secretOf(id) : secret,
    ),
    reading('stray bytes of base64 are passed over', ['T11'], (header) => header.replace('!', '')),
    pairing('the stored hash is a secret too', ['T13'], (id, secret) =>
      /^[0-9a-f]{64}$/.test(secret) ? secretOf(id) : secret,
    ),
    reading('a NUL in the id is passed over', ['H7'], (header) => {
      const text = Buffer.from(header.slice(6), 'base64').toString('utf8')
      return header.startsWith('Basic ') ? `Basic ${base64(text.replace('\0', ''))}` : header
    }),
    hole('unknown ids are told apart', ['T13'], () => ({
      refusal: (denial, id) =>
        denial?.reason === 'credentials_invalid'
          ? refusalOf(denial, { error: denial.why }, id)
          : careful.refusal(denial, id, nothing),
    })),
    hole('parameters beside the header are not looked at', ['T17'], () => ({ query: () => '' })),
    hole('an id in the query is proof', ['T15'], () => ({
      query: () => '',
      authorization: (arrived) => {
        const id = /client_id=([^&]+)/.exec(arrived.target)?.[1]
        return id === undefined ? careful.authorization(arrived) : `Basic ${base64(`${id}:${secretOf(id)}`)}`
      },
    })),
    hole('answers are cached by path', ['T16'], cachedByPath),
    hole('whoever was let in once stays in', ['T16'], rememberedByTarget),
  ]
}

const nothing: Arrived = { method: '', target: '', lines: [], trailers: [], body: '', connection: {} }

/** For a caller who was let in: the answer that somebody else got. */
function cachedByPath(): Partial<Parts> {
  const answers = new Map<string, Answer>()
  const isCached = (arrived: Arrived) => arrived.method === 'GET' && answers.has(arrived.target)
  return {
    skips: isCached,
    cached: (arrived, fresh) => {
      if (fresh !== undefined && arrived.target.includes('?page')) answers.set(arrived.target, fresh)
      return answers.get(arrived.target)
    },
  }
}

function rememberedByTarget(): Partial<Parts> {
  const allowed = new Set<string>()
  return {
    skips: ({ target }) => target.includes('?page') && allowed.has(target),
    decided: ({ target }, denial) => {
      if (denial === undefined) allowed.add(target)
    },
  }
}

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

type Charged = Parameters<Limiter['take']>[0]

/** Charges are counted under another key. */
const counting = (name: string, rows: readonly string[], suffix: (arrived: Arrived) => string): Hole =>
  hole(name, rows, () => ({
    limiter: (real, arrived) => ({
      take: (charges: Charged) =>
        real.take(charges.map((charge) => ({ ...charge, key: `${charge.key} ${suffix(arrived)}` }))),
    }),
  }))

/** Some charges are not counted at all. */
const uncounted = (
  name: string,
  rows: readonly string[],
  test: (key: string, group: string) => boolean,
): Hole =>
  hole(name, rows, () => ({
    limiter: (real) => ({
      take: (charges: Charged) =>
        real.take(
          charges.map((charge) => (test(charge.key, charge.group) ? { ...charge, quantity: 0 } : charge)),
        ),
    }),
  }))

export const limitHoles: readonly Hole[] = [
  counting(
    'limits count by X-Forwarded-For',
    ['R1', 'R2'],
    (arrived) => headerOf(arrived, 'x-forwarded-for') ?? '',
  ),
  counting('limits count by the raw path', ['R1', 'R2'], pathOf),
  counting('limits count by the raw target', ['R1', 'R2'], ({ target }) => target),
  counting('limits count by an API key', ['R1', 'R2'], (arrived) => headerOf(arrived, 'x-api-key') ?? ''),
  counting(
    'limits count by the raw Authorization',
    ['R1'],
    (arrived) => headerOf(arrived, 'authorization') ?? '',
  ),
  counting(
    'limits count by the whole IPv6 address',
    ['R2'],
    (arrived) => headerOf(arrived, 'cf-connecting-ip') ?? '',
  ),
  uncounted('nobody without an address is counted', ['R3'], (key) => key.includes('unknown')),
  uncounted('guesses are not counted', ['R4'], (_, group) => group === 'failed_auth'),
  hole('failures are charged to the client that was named', ['R4'], lockedOut),
  hole('check and count are apart', ['R1'], () => {
    const spent = new Map<string, number>()
    return { limiter: () => ({ take: (charges) => apart(charges, spent) }) }
  }),
  hole(
    'a 429 does not say until when',
    ['R1'],
    () => ({
      refusal: (...given) => {
        const refusal = careful.refusal(...given)
        return { ...refusal, headers: refusal.headers.filter(([name]) => name !== 'retry-after') }
      },
    }),
    'R7',
  ),
]

const MAX_FAILURES = 20

function lockedOut(): Partial<Parts> {
  const failures = new Map<string, number>()
  const idOf = (arrived: Arrived): string => {
    const text = Buffer.from((headerOf(arrived, 'authorization') ?? '').slice(6), 'base64').toString('utf8')
    return text.slice(0, Math.max(text.indexOf(':'), 0))
  }
  const locked = refusalOf(
    { reason: 'limiter_unavailable', group: '', retryMs: 60_000, limit: 0, why: '' },
    {},
    'id',
  )
  return {
    early: (arrived) => ((failures.get(idOf(arrived)) ?? 0) > MAX_FAILURES ? locked : undefined),
    decided: (arrived, denial) => {
      if (denial?.reason === 'credentials_invalid' || denial?.reason === 'rate_limited')
        failures.set(idOf(arrived), (failures.get(idOf(arrived)) ?? 0) + 1)
    },
  }
}

/** Everybody who asks at the same time finds the bucket as it was. */
async function apart([charge]: Charged, spent: Map<string, number>): Promise<Taken> {
  const { key = '', quota, group = '' } = charge ?? {}
  const limit = quota?.burst ?? 0
  const before = spent.get(key) ?? 0
  await new Promise((resolve) => setTimeout(resolve, 50))
  spent.set(key, (spent.get(key) ?? 0) + 1)
  const standing = { group, limit, remaining: 0, resetMs: 1, parts: [] }
  return before < limit ? { admitted: true, standing } : { admitted: false, standing, retryMs: 1000 }
}
