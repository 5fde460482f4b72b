/** Another path is matched than the one that is sent, and other requests are decided on than the ones that are served. */
import { forgivingPath } from '../../../src/attack/oracle.ts'
import { type Hole, hole } from './hole.ts'
import { type Arrived, careful, headerOf, type Parts, pathOf } from './parts.ts'

/** A path of the range that is open to everybody, which is what a rule that was missed falls back to. */
const OPEN = '/range/public/x'

/** Where the raw path is of this kind, it is matched as an open one, and sent as somebody has tidied it. */
const missed = (kind: RegExp, tidied: (raw: string) => string): Partial<Parts> => ({
  matched: (arrived) => (kind.test(pathOf(arrived)) ? OPEN : careful.matched(arrived)),
  sent: (arrived, matched) => (kind.test(pathOf(arrived)) ? tidied(pathOf(arrived)) : matched),
})

const resolved = (path: string): string => {
  const segments: string[] = []
  for (const segment of path.split('/').slice(1)) {
    if (segment === '..') segments.pop()
    else if (segment !== '.') segments.push(segment)
  }
  return `/${segments.join('/')}`
}

/** The path is looked up in another form than it is sent in. */
const looked = (form: (path: string) => string): Partial<Parts> => ({
  matched: (arrived) => careful.matched({ ...arrived, target: form(pathOf(arrived)) }),
  sent: (arrived) => pathOf(arrived),
})

const isKnown = (path: string): boolean =>
  /^\/range\/(?:public\/.*|config\/clients(?:\/[^/]+)?|six\/items|me|records|secrets|others|limited|knock)$/.test(
    path,
  )

export const pathHoles: readonly Hole[] = [
  hole('dots are resolved after the match', ['P1', 'P14'], () => missed(/\/\.\.?(?:\/|$)/, resolved)),
  hole('encoded dots are resolved after the match', ['P2'], () =>
    missed(/%2e/i, (raw) => resolved(raw.replace(/%2e/gi, '.'))),
  ),
  hole('an encoded slash is part of a segment', ['P3'], () =>
    missed(/%2f/i, (raw) => resolved(raw.replace(/%2f/gi, '/'))),
  ),
  hole('a lower-case %2f is overlooked', ['P3'], () => missed(/%2f/, (raw) => raw)),
  hole('a backslash becomes a slash after the match', ['P3'], () =>
    missed(/\\|%5c/i, (raw) => resolved(raw.replace(/\\|%5c/gi, '/'))),
  ),
  hole('the path chooses the host', ['P4'], () => ({
    ...missed(/^\/[/\\]/, (raw) => raw),
    elsewhere: ({ target }) => /^\/[/\\](127\.0\.0\.1:\d+)/.exec(target)?.[1],
  })),
  hole('slashes are joined after the match', ['P5'], () => missed(/\/\//, (raw) => raw.replace(/\/+/g, '/'))),
  hole('the path is decoded twice', ['P6'], () =>
    missed(/%25[0-9a-f%]/i, (raw) => forgivingPath(decodeURIComponent(raw))),
  ),
  hole('path parameters are cut off after the match', ['P7'], () =>
    missed(/;|%3b/i, (raw) => resolved(raw.replace(/(?:;|%3b)[^/]*/gi, ''))),
  ),
  hole('a NUL ends the path', ['P7'], () => missed(/%00/, (raw) => raw.split('%00')[0] ?? '')),
  hole('an encoded ? or # ends the path', ['P7'], () =>
    missed(/%23|%3f/i, (raw) => raw.split(/%23|%3f/i)[0] ?? ''),
  ),
  hole('the prefix is stripped as text', ['P8'], () =>
    missed(/^\/range(?:%2e|\/\.\.)/i, (raw) => forgivingPath(`/range/${raw.slice('/range'.length)}`)),
  ),
  hole('case does not matter', ['P9'], () => looked((path) => path.toLowerCase())),
  hole('a slash at the end does not matter', ['P9'], () => looked((path) => path.replace(/\/$/, ''))),
  hole('a suffix is a format', ['P9'], () => looked((path) => path.replace(/\.json$/, ''))),
  hole('static files need no credentials', ['P9'], () => missed(/\.(?:json|css|js)$/, (raw) => raw)),
  hole('escapes are decoded after the match', ['P10'], () => missed(/%[46]/, (raw) => decodeURI(raw))),
  hole('a prefix has no boundary', ['P11'], () => missed(/^\/range\/public/, (raw) => raw)),
  hole('broken escapes pass', ['P12'], () => missed(/%(?:zz|ff|$)/, (raw) => raw)),
  hole('overlong UTF-8 is decoded', ['P12'], () =>
    missed(/%c0/i, (raw) => resolved(raw.replace(/%c0%af/gi, '/').replace(/%c0%ae/gi, '.'))),
  ),
  hole('the Host header is part of the address', ['P12'], () => ({
    matched: (arrived) => {
      const [, spliced] = /(\/.*)[?#]/.exec(headerOf(arrived, 'host') ?? '') ?? []
      return spliced ?? careful.matched({ ...arrived, lines: [['host', 'gw.example']] })
    },
    sent: (arrived) => pathOf(arrived),
  })),
  hole('an absolute target is no path', ['P12'], () =>
    missed(/^https?:/, (raw) => raw.replace(/^https?:\/\/[^/]*/, '')),
  ),
  hole('what no rule names is open', ['P9', 'P11', 'L6'], () => ({
    matched: (arrived) => (isKnown(pathOf(arrived)) ? careful.matched(arrived) : OPEN),
    sent: (arrived) => pathOf(arrived),
  })),
  hole('one route was left open', ['L1'], () => ({ skips: ({ target }) => target === '/range/me' })),
]

const skipping = (test: (arrived: Arrived) => boolean) => (): Partial<Parts> => ({ skips: test })

export const methodHoles: readonly Hole[] = [
  hole('a header overrides the method', ['M1'], () => ({
    forwarded: (arrived, told) => [
      ...careful.forwarded(arrived, told),
      ...arrived.lines.filter(([name]) => /^x-http-method-override$/i.test(name)),
    ],
  })),
  hole('an override header passes with underscores', ['M1'], () => ({
    forwarded: (arrived, told) => [
      ...careful.forwarded(arrived, told),
      ...arrived.lines.filter(([name]) => /^x_http_method_override$/i.test(name)),
    ],
  })),
  hole(
    'HEAD needs nothing',
    ['M2'],
    skipping(({ method }) => method === 'HEAD'),
  ),
  hole(
    'OPTIONS is for preflights',
    ['M2', 'M3'],
    skipping(({ method }) => method === 'OPTIONS'),
  ),
  hole(
    'only some methods have rules',
    ['M3'],
    skipping(({ method }) => ['PATCH', 'TRACE', 'PUT'].includes(method)),
  ),
  hole('an unknown method is a GET', ['M3'], () => ({
    method: ({ method }) => (['GET', 'POST', 'DELETE', 'HEAD'].includes(method) ? method : 'GET'),
  })),
]
