/** What the caller says passes for the gateway's word, and what the upstream says passes for everybody's. */
import { parseBasic } from '../../../src/authentication/basic.ts'
import { foldedName, identityNames } from '../../../src/forwarding/names.ts'
import { type Hole, hole } from './hole.ts'
import { type Arrived, careful, headerOf, type Lines, type Parts, refusalOf } from './parts.ts'

type Test = (name: string) => boolean

/** Header lines of the caller's that pass besides those that may. */
const passing = (name: string, rows: readonly string[], test: Test): Hole =>
  hole(name, rows, () => ({
    forwarded: (arrived, told) => [
      ...careful.forwarded(arrived, told),
      ...arrived.lines.filter(([each]) => test(each.toLowerCase())),
    ],
  }))

const isIdentity = (name: string): boolean =>
  (identityNames.has(name) && name !== 'x-request-id') || /^x-(?:authenticated|ssl|client-cert)/.test(name)

const hopByHop = ['keep-alive', 'te', 'proxy-connection', 'proxy-authorization']

const nominatedGone = (arrived: Arrived, lines: Lines): Lines => {
  const names = (headerOf(arrived, 'connection') ?? '').split(',').map((name) => name.trim().toLowerCase())
  return lines.filter(([name]) => !names.includes(name.toLowerCase()))
}

const oneOf = (which: (parts: readonly string[]) => string | undefined) => (): Partial<Parts> => ({
  authorization: (arrived) => which((headerOf(arrived, 'authorization') ?? '').split(/, (?=Basic |Bearer )/)),
})

export const headerHoles: readonly Hole[] = [
  passing('identity headers of the caller pass', ['H1'], isIdentity),
  passing('X-Forwarded-User passes', ['H1'], (name) => name === 'x-forwarded-user'),
  passing(
    'aliases with underscores pass',
    ['H2'],
    (name) => name.includes('_') && isIdentity(foldedName(name)),
  ),
  passing('aliases with dots pass', ['H2'], (name) => name.includes('.') && isIdentity(foldedName(name))),
  hole('the caller’s own name for itself wins', ['H1'], () => ({
    forwarded: (arrived, told) => {
      const own = headerOf(arrived, 'x-sallyport-client')
      const lines = careful.forwarded(arrived, told)
      return own === undefined
        ? lines
        : [...lines.filter(([name]) => name !== 'x-sallyport-client'), ['X-Sallyport-Client', own]]
    },
  })),
  hole('Connection takes the gateway’s headers away', ['H3'], () => ({
    forwarded: (arrived, told) => nominatedGone(arrived, careful.forwarded(arrived, told)),
  })),
  passing('what Connection lists passes', ['H3'], (name) => name === 'x-nominated'),
  passing('fields of one connection pass', ['H3'], (name) => hopByHop.includes(name)),
  hole(
    'of two Authorization headers the first',
    ['H4'],
    oneOf((parts) => parts[0]),
  ),
  hole(
    'of two Authorization headers the last',
    ['H4'],
    oneOf((parts) => parts.at(-1)),
  ),
  hole(
    'of two Authorization headers the one that is Basic',
    ['H4'],
    oneOf((parts) => parts.find((part) => parseBasic(part) !== undefined)),
  ),
  hole('X-Original-URL says what is decided on', ['H5'], () => ({
    matched: (arrived) =>
      careful.matched({ ...arrived, target: headerOf(arrived, 'x-original-url') ?? arrived.target }),
    sent: ({ target }) => target.split('?')[0] ?? '',
  })),
  hole('X-Rewrite-URL says what is sent', ['H5'], () => ({
    sent: (arrived, matched) => headerOf(arrived, 'x-rewrite-url') ?? matched,
  })),
  hole('X-Debug switches the rules off', ['H5'], () => ({
    skips: (arrived) => headerOf(arrived, 'x-debug') !== undefined,
  })),
  passing('X-Forwarded-Prefix and its like pass', ['H6'], (name) =>
    /^x-forwarded-(?:prefix|uri|host)$/.test(name),
  ),
  hole('answers pass as they are', ['H8'], () => ({ returned: ({ headers }) => headers })),
  hole('limits of the upstream pass for the gateway’s', ['H8'], () => ({
    returned: (answer) => [
      ...careful.returned(answer),
      ...answer.headers.filter(([name]) => name === 'x-ratelimit-remaining'),
    ],
  })),
  passing('credentials go to the upstream', ['H8'], (name) => name === 'authorization'),
  passing('the caller’s address goes to the upstream', ['H8'], (name) => name === 'cf-connecting-ip'),
  hole('a refusal names the client', ['A15'], () => ({
    refusal: (denial, id, arrived) =>
      refusalOf(denial, { error: 'only range-owner may call from 192.0.2.0', target: arrived.target }, id),
  })),
  hole('a refusal shows a stack', ['T14'], () => ({
    refusal: (denial, id) => refusalOf(denial, { error: new Error(denial?.reason).stack }, id),
  })),
  hole('a refusal may be stored', ['T16'], () => ({
    refusal: (...given) => {
      const refusal = careful.refusal(...given)
      return { ...refusal, headers: refusal.headers.filter(([name]) => name !== 'cache-control') }
    },
  })),
]

export const framingHoles: readonly Hole[] = [
  hole('both lengths pass', ['F1'], () => ({
    lenient: true,
    forwarded: (arrived, told) => [
      ...careful.forwarded(arrived, told),
      ...arrived.lines.filter(([name]) => /^(?:content-length|transfer-encoding)$/i.test(name)),
    ],
  })),
  hole('trailers become headers', ['F6'], () => ({
    forwarded: (arrived, told) => [...careful.forwarded(arrived, told), ...arrived.trailers],
  })),
  passing('an upgrade passes', ['F9'], (name) => name === 'upgrade'),
  hole('a connection has one caller', ['F7'], connectionBound),
]

/** As for schemes that authenticate a connection: whoever comes later on it is taken for the first. */
function connectionBound(): Partial<Parts> {
  const known = new WeakMap<object, string>()
  return {
    authorization: (arrived) => {
      const own = headerOf(arrived, 'authorization') ?? known.get(arrived.connection)
      if (own !== undefined) known.set(arrived.connection, own)
      return own
    },
  }
}
