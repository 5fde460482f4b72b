/** What the echo upstream says that it saw: the one thing an attack needs to know and cannot see from outside. */

export type Seen = {
  /** `echo`, or `canary` for a server that no request may reach. */
  readonly server: string
  readonly method: string
  /** Request target as it came. */
  readonly target: string
  /** As they came, names as sent. */
  readonly headers: readonly (readonly [name: string, value: string])[]
  readonly body: string
}

/** The header that carries an echo's answer too, so that HEAD has one. */
export const ECHO_HEADER = 'x-echo'

/** What the echo says of itself and must not come through (threat H8): names in lower case, and their values. */
export const planted: readonly (readonly [name: string, value: string])[] = [
  ['server', 'echo-upstream/1.0'],
  ['x-powered-by', 'echo-upstream'],
  ['x-internal-token', 'planted-by-the-upstream'],
  ['x-ratelimit-remaining', '987654321'],
  ['alt-svc', 'h3="planted.invalid:443"'],
]

/** Mark of a request at the upstream; empty where none came along. */
export const markOf = ({ headers }: Seen): string =>
  headers.find(([name]) => name.toLowerCase() === 'x-probe')?.[1] ?? ''

/** @returns undefined for any text that is not an echo's answer */
export function seenIn(text: string): Seen | undefined {
  const value = parsed(text)
  return isSeen(value) ? value : undefined
}

/** The requests of a report; undefined where the answer is none. */
export function reportIn(text: string): readonly Seen[] | undefined {
  const value = parsed(text)
  const list = typeof value === 'object' && value !== null ? Reflect.get(value, 'report') : undefined
  return Array.isArray(list) ? list.filter(isSeen) : undefined
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function isSeen(value: unknown): value is Seen {
  if (typeof value !== 'object' || value === null) return false
  const texts = ['server', 'method', 'target', 'body'].map((name) => Reflect.get(value, name))
  const headers = Reflect.get(value, 'headers')
  return texts.every((each) => typeof each === 'string') && Array.isArray(headers) && headers.every(isPair)
}

const isPair = (value: unknown): boolean =>
  Array.isArray(value) && value.length === 2 && value.every((each) => typeof each === 'string')
