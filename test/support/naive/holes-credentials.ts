/** Credentials that are none, and answers that were right for somebody else. */
import type { Answer } from '../../../src/attack/answer.ts'
import type { Signer } from '../../../src/attack/forge.ts'
import { type Armed, base64 } from '../../../src/attack/scene.ts'
import { type Hole, hole } from './hole.ts'
import { type Arrived, careful, type Parts, refusalOf } from './parts.ts'

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
