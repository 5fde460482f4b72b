/** How an operation wants to be called, in the words of a policy. It does not say who may call it. */
import { isPlain, type Plain } from '../source/document.ts'

export type Security = {
  /** `undecided` where a policy has no word for it, or the document none. */
  readonly auth: 'basic' | 'token' | 'none' | 'undecided'
  /** Any one of them is enough. Undefined where the document names none, or wants several at once. */
  readonly scopes: readonly string[] | undefined
  /** What a person should know to decide, as a sentence. */
  readonly note?: string
}

const undecided = (note: string): Security => ({ auth: 'undecided', scopes: undefined, note })

/**
 * @param written - the operation's `security`, or the document's where it has none
 * @param schemeOf - a security scheme by its name, references followed
 */
export function securityOf(written: unknown, schemeOf: (name: string) => Plain | undefined): Security {
  if (written === undefined) return undecided('the document does not say how callers authenticate')
  if (!Array.isArray(written)) return undecided('`security` is no list')
  if (written.length === 0) return { auth: 'none', scopes: undefined }
  const ways = written.map((alternative) => wayOf(alternative, schemeOf))
  const [first = undecided('no way to authenticate')] = ways
  const open = ways.find(({ auth }) => auth === 'undecided')
  if (open !== undefined) return open
  if (ways.some(({ auth }) => auth !== first.auth)) {
    return undecided(`one of ${[...new Set(ways.map(({ auth }) => auth))].join(', ')}`)
  }
  const notes = ways.flatMap(({ note }) => note ?? [])
  const scopes = ways.flatMap(({ scopes: own }) => own ?? [])
  const isComplete = ways.every(({ scopes: own }) => own !== undefined)
  return {
    auth: first.auth,
    scopes: isComplete ? [...new Set(scopes)] : undefined,
    ...(notes[0] !== undefined && { note: notes[0] }),
  }
}

/** One alternative: all its schemes together. */
function wayOf(alternative: unknown, schemeOf: (name: string) => Plain | undefined): Security {
  const schemes = isPlain(alternative) ? Object.entries(alternative) : []
  const [only, ...others] = schemes
  if (only === undefined) return undecided('credentials may be left out')
  if (others.length > 0) return undecided(`${schemes.map(([name]) => name).join(' and ')} together`)
  const [name, wanted] = only
  const scheme = schemeOf(name)
  if (scheme === undefined) return undecided(`the scheme ${name} is not in the document`)
  const auth = authOf(scheme)
  if (auth === undefined) return undecided(`the scheme ${name} has no counterpart in a policy`)
  return auth === 'token' ? { auth, ...scopesOf(wanted) } : { auth, scopes: undefined }
}

function authOf({ type, scheme }: Plain): 'basic' | 'token' | undefined {
  if (type === 'oauth2' || type === 'openIdConnect') return 'token'
  if (type !== 'http' || typeof scheme !== 'string') return undefined
  // Names of HTTP schemes have no case (RFC 9110, section 11.1).
  return { basic: 'basic' as const, bearer: 'token' as const }[scheme.toLowerCase()]
}

/** As `scope:` in a policy takes it (RFC 6749, section 3.3). */
const SCOPE = /^[\x21\x23-\x5B\x5D-\x7E]+$/

function scopesOf(wanted: unknown): Pick<Security, 'scopes' | 'note'> {
  const scopes = Array.isArray(wanted)
    ? wanted.filter((scope) => typeof scope === 'string' && SCOPE.test(scope))
    : []
  // OpenAPI wants all of them at once, `callers` any one of them: writing them down would open more.
  if (scopes.length > 1) return { scopes: undefined, note: `all of the scopes ${scopes.join(', ')} at once` }
  return { scopes: scopes.length === 1 ? scopes : undefined }
}
